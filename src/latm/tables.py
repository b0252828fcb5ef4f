"""Tables that people have in memory: a column of questions in, columns of answers out, in a table of the same kind."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from latm.answer import Answer, Route
from latm.errors import InputError
from latm.ledger import usd

Column = Sequence[str | float | None]
COLUMNS = ("answer", "route", "task", "tool", "cost")
"""What is known of each answer: its text, which way it came, the kind of question, the tool's id, US dollars."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of table.

    Attributes:
        names: of its columns.
        values: of a column, None if a value is missing.
        extended: the table with more columns.
    """

    names: Callable[[Any], Sequence[str]]
    values: Callable[[Any, str], list[Any]]
    extended: Callable[[Any, Mapping[str, Column]], Any]


def questions_of(table: object, column: str, added: Sequence[str]) -> list[str | None]:
    """The questions in a column of a table; None if there is none.

    Args:
        table: a frame of pandas or polars, or a Hugging Face `Dataset`.
        column: where they are.
        added: the columns that the answers are to have.

    Raises:
        InputError: it is not such a table, has no such column or has one of the others already; or a
            value is not a text.
    """
    kind = _kind_of(table)
    names = list(kind.names(table))
    if column not in names:
        raise InputError(f"The table has no column {column!r}.", hint=f"It has {', '.join(map(repr, names))}.")
    if taken := [name for name in added if name in names]:
        hint = 'Rename it, or give the new ones another beginning: prefix="latm_".'
        raise InputError(f"The table has a column {taken[0]!r} already.", hint=hint)
    values = kind.values(table, column)
    for row, value in enumerate(values):
        if value is not None and not isinstance(value, str):
            said = f"Row {row} of the column {column!r} is not a text: {value!r}."
            raise InputError(said, hint="Turn the column into texts first.")
    return values


def with_answers(table: Any, answers: Sequence[Answer | None], names: Sequence[str]) -> Any:
    """A table with the columns of answers; None in them if nothing was asked."""
    rows = [_row(answer) for answer in answers]
    columns: dict[str, Column] = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    return _kind_of(table).extended(table, columns)


def tracked(answers: Iterator[Answer], length: int) -> Iterator[Answer]:
    """The answers, with a bar on standard error if somebody looks: on a terminal, or in a notebook."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, disable=not (console.is_terminal or console.is_jupyter)) as progress:
        bar = progress.add_task("", total=length)
        by_tools = 0
        for count, answer in enumerate(answers, start=1):
            by_tools += answer.route is Route.TOOL
            progress.update(bar, advance=1, description=f"{by_tools / count:.0%} by tools")
            yield answer


def _row(answer: Answer | None) -> tuple[str | float | None, ...]:
    if answer is None:
        return (None,) * len(COLUMNS)
    return answer.text if answer.ok else None, str(answer.route), answer.task, answer.tool_id, usd(answer.cost)


def _of_dataset(table: Any, columns: Mapping[str, Column]) -> Any:
    for name, values in columns.items():
        table = table.add_column(name, list(values))
    return table


def _of_pandas(table: Any, column: str) -> list[Any]:
    values = table[column].astype(object)
    found: list[Any] = values.where(values.notna(), None).tolist()
    return found


def _of_polars(table: Any, columns: Mapping[str, Column]) -> Any:
    series = type(table[:, 0])
    return table.with_columns([series(name, values, strict=False) for name, values in columns.items()])


_KINDS: Mapping[str, _Kind] = {
    "pandas": _Kind(lambda table: list(map(str, table.columns)), _of_pandas, lambda table, new: table.assign(**new)),
    "polars": _Kind(lambda table: table.columns, lambda table, name: table[name].to_list(), _of_polars),
    "datasets": _Kind(lambda table: table.column_names, lambda table, name: list(table[name]), _of_dataset),
}
"""By the package that brings them; none is imported here: whoever has such a table has the package."""
_TABLES = {"pandas": "DataFrame", "polars": "DataFrame", "datasets": "Dataset"}


def _kind_of(table: object) -> _Kind:
    for package, name in _of_packages(type(table)):
        if _TABLES.get(package) == name:
            return _KINDS[package]
    raise InputError(
        f"A table is a DataFrame of pandas or polars, or a Dataset of datasets, and this is a {type(table).__name__}.",
        hint="Collect what is lazy, take one split of several, or use run() for other iterables.",
    )


def _of_packages(kind: type) -> Iterator[tuple[str, str]]:
    for base in kind.__mro__:
        yield base.__module__.partition(".")[0], base.__name__
