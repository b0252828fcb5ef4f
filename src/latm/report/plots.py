"""Plots as data. The page draws them with uPlot."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import Any, ClassVar, Literal

_HEADROOM = 1.05


class PlotStyle(StrEnum):
    """How series are drawn. Intervals are bands around lines, and whiskers elsewhere."""

    LINES = "lines"
    POINTS = "points"
    BARS = "bars"
    AREAS = "areas"


@dataclass(frozen=True, slots=True)
class Series:
    """One value for each place on the x axis, with an interval around it if there is one.

    Attributes:
        label: its name in the legend.
        values: None or a number that is not finite leaves a gap.
        low: lower ends of the intervals; empty without them.
        high: upper ends.
    """

    label: str
    values: Sequence[float | None]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()


@dataclass(frozen=True, slots=True)
class Plot:
    """Series over a common x axis.

    Attributes:
        title: what is seen.
        x: numbers in ascending order, or names.
        series: drawn in order; areas are stacked, the first at the bottom.
        style: how.
        x_label: what the x axis says, with its unit.
        y_label: what the y axis says, with its unit.
        y_form: plain numbers, or shares from 0 to 1 shown in per cent.
        y_limits: the ends of the y axis; None: from 0 to what the data needs.
        note: a sentence under the plot.

    Raises:
        ValueError: a series is not as long as the x axis, an interval has one end only, or areas have intervals.
    """

    template: ClassVar[str] = "plot.html"

    title: str
    x: Sequence[float] | Sequence[str]
    series: Sequence[Series]
    style: PlotStyle = PlotStyle.LINES
    x_label: str = ""
    y_label: str = ""
    y_form: Literal["number", "percent"] = "number"
    y_limits: tuple[float, float] | None = None
    note: str = ""

    def __post_init__(self) -> None:
        for one in self.series:
            lengths = {len(self.x), len(one.values)} | {len(end) for end in (one.low, one.high) if end}
            if len(lengths) != 1:
                raise ValueError(
                    f"{one.label!r} does not have one value for each of {len(self.x)} places on the x axis"
                )
            if bool(one.low) != bool(one.high):
                raise ValueError(f"{one.label!r} has intervals with one end only")
            if one.low and self.style is PlotStyle.AREAS:
                raise ValueError(f"{one.label!r} is stacked, but a stacked area cannot show an interval")

    def data(self) -> dict[str, Any]:
        """What the page's script draws: plain JSON."""
        names = [str(place) for place in self.x if isinstance(place, str)]
        return {
            "style": self.style,
            "x": list(range(len(names))) if names else list(self.x),
            "names": names,
            "xLabel": self.x_label,
            "yLabel": self.y_label,
            "yForm": self.y_form,
            "yLimits": self.y_limits or self._limits(),
            "series": [
                {
                    "label": one.label,
                    "values": _finite(one.values),
                    "drawn": drawn,
                    "low": _finite(one.low),
                    "high": _finite(one.high),
                }
                for one, drawn in zip(self.series, self._drawn(), strict=True)
            ],
        }

    def _drawn(self) -> list[list[float | None]]:
        """Where each value is drawn: on top of those below it, if areas are stacked."""
        values = [_finite(one.values) for one in self.series]
        if self.style is not PlotStyle.AREAS:
            return values
        columns = zip(*values, strict=True)
        stacked = [list(accumulate(value or 0.0 for value in column)) for column in columns]
        return [list(row) for row in zip(*stacked, strict=True)]

    def _limits(self) -> tuple[float, float]:
        ends = [end for one in self.series for side in (one.low, one.high) for end in _finite(side)]
        seen = [value for value in [*ends, *(value for row in self._drawn() for value in row)] if value is not None]
        low, high = min([0.0, *seen]), max([0.0, *seen])
        return low * _HEADROOM, (high * _HEADROOM) or 1.0


def _finite(values: Sequence[float | None]) -> list[float | None]:
    return [value if value is not None and math.isfinite(value) else None for value in values]
