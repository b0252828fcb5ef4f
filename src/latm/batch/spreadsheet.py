"""Lines of an output as rows of CSV, as a spreadsheet opens them."""

import csv
import io
import sys
from collections.abc import Iterator, Mapping
from typing import BinaryIO, cast

from latm.batch.line import Line, Read
from latm.task import Instance

_FIRST = ("id", "question", "answer", "route", "task", "tool", "right", "cost", "tokens", "seconds", "evidence")
_NUMBERS = {"cost": float, "tokens": int, "seconds": float}
_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")
_KEPT = "input:"
"""Put before the name of a column that was carried along and has the name of one of ours."""


class Rows:
    """How answers stand in CSV.

    Args:
        guard: put a ' before cells that a spreadsheet would run as a formula.
    """

    def __init__(self, *, guard: bool) -> None:
        self._guard = guard

    def header(self, instance: Instance) -> bytes:
        """The first row, if the instances carry these columns along."""
        return _row([*_FIRST, *(_kept_name(name) for name, _ in instance.kept)])

    def encoded(self, line: Line) -> bytes:
        """The row of a line, its end included."""
        cells = {name: _cell(line.get(name)) for name in _FIRST}
        kept = [value or "" for value in line.get("columns", {}).values()]
        return _row([self.guarded(cell) for cell in (*cells.values(), *kept)])

    def guarded(self, cell: str) -> str:
        """A cell that spreadsheets do not run; a number stays one."""
        return f"'{cell}" if self._guard and cell.startswith(_RUN_BY_SPREADSHEETS) and not _is_number(cell) else cell

    def names(self, instance: Instance) -> tuple[str, str]:
        """The id and the question, guarded."""
        return self.guarded(instance.id), self.guarded(instance.question)

    def head(self, instance: Instance) -> bytes:
        """The bytes with which the row that answers this instance begins."""
        return _row([*self.names(instance)]).rstrip(b"\r\n") + b","

    def read(self, stream: BinaryIO) -> Iterator[Read]:
        """The rows of a file, from behind the header on."""
        read: list[bytes] = []

        def lines() -> Iterator[str]:
            for raw in stream:
                read.append(raw)
                yield raw.decode(errors="surrogateescape")

        csv.field_size_limit(sys.maxsize)
        reader = csv.reader(lines(), strict=True)
        while True:
            read.clear()
            try:
                row = next(reader, None)
            except csv.Error:
                row = []
            raw = b"".join(read)
            if row is None:
                return
            if not row or not raw.endswith(b"\r\n"):
                yield Read(raw + stream.read(), None, is_torn=True)
                return
            yield Read(raw, _line(row), is_torn=False)


def _line(row: list[str]) -> Mapping[str, object] | None:
    """The line that a row holds; None if it is not one."""
    if len(row) < len(_FIRST):
        return None
    line: dict[str, object] = dict(zip(_FIRST, row, strict=False))
    try:
        for name, number in _NUMBERS.items():
            line[name] = number(cast("str", line[name])) if line[name] else None
    except (KeyError, ValueError):
        return None
    right = line.pop("right", "")
    return line | ({"right": right == "true"} if right else {})


def _row(cells: list[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode(errors="backslashreplace")


def _cell(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _kept_name(name: str) -> str:
    return f"{_KEPT}{name}" if name in _FIRST else name
