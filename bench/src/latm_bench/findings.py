"""What a study found, as plain data: the same for the terminal, the docs, the page and the log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from latm.report import Column, Figure, Section, Table
from latm_bench.statistics import Rate

Measure = float | int | None


@dataclass(frozen=True, slots=True)
class Findings:
    """What a study found.

    Attributes:
        title: what was studied.
        lead: in a sentence or two, how.
        figures: the few numbers that matter most.
        sections: tables and plots.
        measures: by name, the numbers that `latm bench view` compares between runs.
        data: everything that was measured, as JSON.
        pictures: as what its plots of lines are kept beside the page, as SVG; empty for not at all.
    """

    title: str
    lead: str
    figures: Sequence[Figure] = ()
    sections: Sequence[Section] = ()
    measures: Mapping[str, Measure] = field(default_factory=dict)
    data: Any = None
    pictures: str = ""

    @property
    def tables(self) -> list[tuple[str, Table]]:
        """Every table with the title of its section."""
        return [(section.title, part) for section in self.sections for part in section.parts if isinstance(part, Table)]


def percent(value: float | None, digits: int = 1) -> str:
    """Such as `12.3 %`; a dash for nothing."""
    return "–" if value is None else f"{value:.{digits}%}".replace("%", " %")


def interval(rate: Rate) -> str:
    """A rate with its interval, such as `98.3 % (95.1–99.4)`."""
    if rate.value is None:
        return "–"
    return f"{percent(rate.value)} ({100 * rate.low:.1f}–{100 * rate.high:.1f})"


def counted(rate: Rate) -> str:
    """A rate with its counts and its interval."""
    return f"{rate.hits:,} of {rate.of:,}, {interval(rate)}"


def rate_json(rate: Rate) -> dict[str, float | int | None]:
    """A rate as JSON."""
    return {"hits": rate.hits, "of": rate.of, "value": rate.value, "low": rate.low, "high": rate.high}


def number(title: str, form: str = ",", note: str = "") -> Column:
    """A column of numbers."""
    return Column(title, form, numeric=True, note=note)
