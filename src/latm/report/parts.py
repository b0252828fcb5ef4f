"""What a report is made of. All texts are plain: rendering escapes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that leads somewhere.

    Attributes:
        text: what is shown.
        href: where it leads, as a URL.
    """

    text: str
    href: str


Cell = str | int | float | Link | None
"""A table's cell; None is shown as a dash."""

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        title: its heading.
        form: how its numbers are written, as Python's format specification (`,`, `.1%`); texts stay as they are.
        numeric: whether it is set flush right, in digits of equal width.
        note: what the heading means, shown when it is pointed at.
    """

    title: str
    form: str = ""
    numeric: bool = False
    note: str = ""

    def text(self, cell: Cell) -> str:
        """A cell as it is shown."""
        return formatted(cell, self.form)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns, as many cells in each.

    Attributes:
        columns: in order.
        rows: in order.
        total: one more row, set off from the others; empty without one.
        caption: a sentence under the table.

    Raises:
        ValueError: a row has another number of cells than there are columns.
    """

    template: ClassVar[str] = "table.html"

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] = ()
    caption: str = ""

    def __post_init__(self) -> None:
        for row in [*self.rows, *([self.total] if self.total else [])]:
            if len(row) != len(self.columns):
                raise ValueError(f"a row has {len(row)} cells for {len(self.columns)} columns: {row!r}")


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A table of shares whose cells are the darker the larger they are.

    Attributes:
        columns: headings, from the second column on.
        rows: by the text of the first column, values from 0 to 1; None is shown as a dash.
        form: how a value is written.
        caption: a sentence under the table.

    Raises:
        ValueError: a row has another number of values than there are columns, or a value is not from 0 to 1.
    """

    template: ClassVar[str] = "heat_map.html"

    columns: Sequence[str]
    rows: Mapping[str, Sequence[float | None]]
    form: str = ".0%"
    caption: str = ""

    def __post_init__(self) -> None:
        for name, values in self.rows.items():
            if len(values) != len(self.columns):
                raise ValueError(f"{name!r} has {len(values)} values for {len(self.columns)} columns")
            if any(value is not None and not 0 <= value <= 1 for value in values):
                raise ValueError(f"{name!r} has a value that is not from 0 to 1: {list(values)!r}")

    def text(self, value: float | None) -> str:
        """A value as it is shown."""
        return formatted(value, self.form)


class Part(Protocol):
    """A piece of a section: a table, a heat map, a plot. Its template renders it under the name `part`."""

    template: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with paragraphs and parts under it."""

    title: str
    text: Sequence[str] = ()
    parts: Sequence[Part] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that matters, with what it is; a note says how it was found."""

    value: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a report comes from.

    Attributes:
        sentence: what was replayed or estimated, plainly; stands at the top of the page.
        facts: version, seed, models, data, times: whatever is needed to make the page again.
    """

    sentence: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """One page."""

    title: str
    lead: str
    provenance: Provenance
    figures: Sequence[Figure] = ()
    sections: Sequence[Section] = ()


def formatted(cell: Cell, form: str) -> str:
    """A cell as it is shown; the form is for numbers."""
    if cell is None:
        return NOTHING
    if isinstance(cell, Link):
        return cell.text
    return cell if isinstance(cell, str) else format(cell, form)
