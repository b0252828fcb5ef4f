"""Tables and plots of a sweep."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean

from latm.report import Cell, Column, Figure, Plot, PlotStyle, Section, Series, Table
from latm_bench.findings import Findings, interval, number, rate_json
from latm_bench.making import Made
from latm_bench.statistics import Rate, clustered


@dataclass(frozen=True, slots=True)
class Quality:
    """What one tool did on test questions: asked, answered, right, and crashed."""

    of: int
    answered: int
    right: int
    crashed: int


@dataclass(frozen=True, slots=True)
class Point:
    """One point of an axis.

    Attributes:
        label: its name.
        made: the makings by task.
        quality: of the tools that were tried, each with its task.
        difference: how unlike each other the tools of a task are; None where there are not two.
    """

    label: str
    made: Mapping[str, Sequence[Made]]
    quality: Sequence[tuple[str, Quality]]
    difference: Mapping[str, float | None]

    @property
    def makings(self) -> list[Made]:
        """All of them."""
        return [one for makings in self.made.values() for one in makings]

    @property
    def success(self) -> Rate:
        """Makings that led to a tool, clustered by task."""
        return clustered((sum(one.tool is not None for one in made), len(made)) for made in self.made.values())

    @property
    def accuracy(self) -> Rate:
        """Right answers of all questions that tools were tried on, clustered by task."""
        return clustered((one.right, one.of) for one in self.by_task().values())

    @property
    def precision(self) -> Rate:
        """Right answers of those that tools gave, clustered by task."""
        return clustered((one.right, one.answered) for one in self.by_task().values())

    @property
    def distinct(self) -> int:
        """Different tools."""
        return len({one.tool.id for one in self.makings if one.tool})

    @property
    def unlike(self) -> float | None:
        """The mean difference between two tools of a task."""
        known = [value for value in self.difference.values() if value is not None]
        return fmean(known) if known else None

    @property
    def dollars(self) -> float | None:
        """What all makings cost; None where a price is unknown."""
        costs = [one.cost for one in self.makings if one.cost is not None]
        return math.fsum(costs) if len(costs) == len(self.makings) else None

    def by_task(self) -> dict[str, Quality]:
        """How all tools of a task answered, by task; without tasks that have none."""
        tasks: dict[str, list[Quality]] = {}
        for task, quality in self.quality:
            tasks.setdefault(task, []).append(quality)
        return {
            task: Quality(
                sum(one.of for one in ones),
                sum(one.answered for one in ones),
                sum(one.right for one in ones),
                sum(one.crashed for one in ones),
            )
            for task, ones in tasks.items()
        }


def findings_of(axis: str, question: str, points: Sequence[Point]) -> Findings:
    """What a sweep found.

    Args:
        axis: its name.
        question: what it asks.
        points: in order.
    """
    best = max(points, key=lambda point: point.success.value or 0.0)
    return Findings(
        title=f"Sweep over {axis}",
        lead=question,
        figures=[
            Figure(best.label, "made tools most often", interval(best.success)),
            Figure(f"{sum(len(point.makings) for point in points):,}", "makings"),
        ],
        sections=[Section(question, parts=[_table(axis, points), _plot(axis, points)])],
        measures={
            f"{name}, {point.label}": value
            for point in points
            for name, value in (("success", point.success.value), ("accuracy", point.accuracy.value))
        },
        data=[_json(point) for point in points],
    )


def _table(axis: str, points: Sequence[Point]) -> Table:
    columns = [
        Column(axis),
        number("makings"),
        Column("made (95 %)", note="makings that led to a tool"),
        Column("accuracy (95 %)", note="right answers of all questions that the tools were tried on"),
        Column("precision (95 %)", note="right answers of those that they gave"),
        number("crashed"),
        number("different tools"),
        number("unlike", ".2f", "mean difference between two tools of a task, from 0 to 1"),
        number("completions", ",.2f", "mean per making"),
        number("tokens", ",.0f", "mean per making"),
        number("dollars", ",.4f", "all makings"),
    ]
    rows: list[list[Cell]] = [
        [
            point.label,
            len(point.makings),
            interval(point.success),
            interval(point.accuracy),
            interval(point.precision),
            sum(quality.crashed for _, quality in point.quality),
            point.distinct,
            point.unlike,
            fmean(one.completions for one in point.makings),
            fmean(one.tokens for one in point.makings),
            point.dollars,
        ]
        for point in points
    ]
    return Table(columns, rows, caption="Intervals clustered by task.")


def _plot(axis: str, points: Sequence[Point]) -> Plot:
    def series(label: str, rates: Sequence[Rate]) -> Series:
        return Series(label, [r.value for r in rates], [r.low for r in rates], [r.high for r in rates])

    return Plot(
        "Makings that succeed, and how good their tools are",
        [point.label for point in points],
        [series("made", [p.success for p in points]), series("accuracy", [p.accuracy for p in points])],
        PlotStyle.POINTS,
        x_label=axis,
        y_form="percent",
        y_limits=(0.0, 1.02),
    )


def _json(point: Point) -> dict[str, object]:
    quality = point.by_task()
    return {
        "label": point.label,
        "success": rate_json(point.success),
        "accuracy": rate_json(point.accuracy),
        "precision": rate_json(point.precision),
        "by_task": {
            task: {"made": sum(one.tool is not None for one in made), "of": len(made),
                   "tokens": [one.tokens for one in made], "unlike": point.difference[task],
                   "quality": asdict(quality[task]) if task in quality else None}
            for task, made in point.made.items()
        },
    }  # fmt: skip
