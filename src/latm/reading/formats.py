"""How files hold records: JSONL, JSON, CSV, TSV, Parquet; what is malformed is named by its line."""

import csv
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import TextIOWrapper
from pathlib import PurePath
from typing import Any, BinaryIO, NamedTuple

from latm.errors import InputError
from latm.reading.decoding import COMPRESSED, STANDARD_INPUT, decoded, pyarrow_for

MAX_CELL = 1_000_000
"""Characters of a cell at most."""

MAX_LINE = 8 * MAX_CELL
"""Characters of a line at most: of several cells, escaped."""

_SNIFFED = 20
"""Rows that the delimiter is found from."""

_DELIMITERS = ",;\t|"
_SEPARATOR = re.compile(r"\ufeff?sep=(.)\r?\n")
_LISTS = ("examples", "data", "records", "rows", "items", "questions")
"""Names under which a JSON object may hold the list of its records."""


class Format(StrEnum):
    """How a file holds its questions."""

    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"
    TSV = "tsv"
    PARQUET = "parquet"


FORMAT_OF_SUFFIX = {
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".json": Format.JSON,
    ".csv": Format.CSV,
    ".tsv": Format.TSV,
    ".tab": Format.TSV,
    ".parquet": Format.PARQUET,
}


class Record(NamedTuple):
    """One record, and its line (of JSON and Parquet its number), counted from 1."""

    line: int
    fields: dict[str, Any]


class Skipped(NamedTuple):
    """A malformed line (of JSON and Parquet a record), counted from 1, and why it was skipped."""

    line: int
    reason: str


@dataclass
class Notation:
    """How a text file is written, as given or as found.

    Attributes:
        encoding: of the text; None: not found yet.
        delimiter: between the cells of a row; None: not found yet.
    """

    encoding: str | None = None
    delimiter: str | None = None


def format_of(source: str) -> Format:
    """The format that a file's suffix tells, that of its compression apart.

    Raises:
        InputError: it tells none.
    """
    path = PurePath(source)
    suffix = PurePath(path.stem).suffix if path.suffix.lower() in COMPRESSED else path.suffix
    found = FORMAT_OF_SUFFIX.get(suffix.lower())
    if found is None:
        raise InputError(
            f"The suffix of {source} does not say how it holds its questions.",
            hint=f"Use one of {', '.join(FORMAT_OF_SUFFIX)}, or give the format: {', '.join(Format)}.",
        )
    return found


def records(stream: BinaryIO, source: str, layout: Format, notation: Notation) -> Iterator[Record | Skipped]:
    """The records of a file, in order.

    Args:
        stream: its bytes, from the beginning.
        source: its name in errors.
        layout: how it holds its records.
        notation: filled in with what is found of it.

    Raises:
        InputError: the file holds no records in this format, or ends within a quoted cell.
    """
    match layout:
        case Format.PARQUET:
            return _parquet(stream, source)
        case Format.JSON:
            return _json(stream, source, notation)
        case Format.JSONL:
            return _json_lines(stream, notation)
        case _:
            return _csv(stream, source, notation, "\t" if layout is Format.TSV else None)


def _lines(text: TextIOWrapper) -> Iterator[tuple[int, str | None]]:
    """Number the lines from 1; None stands for a line over the limit, which is passed over in pieces."""
    for number in itertools.count(1):
        line = text.readline(MAX_LINE + 1)
        if not line:
            return
        if len(line) <= MAX_LINE:
            yield number, line
            continue
        while line and not line.endswith("\n"):
            line = text.readline(MAX_LINE)
        yield number, None


def _json_lines(stream: BinaryIO, notation: Notation) -> Iterator[Record | Skipped]:
    """One JSON object a line; empty lines are passed over."""
    text, notation.encoding = decoded(stream, notation.encoding, newline="\n", guess=False)
    for number, line in _lines(text):
        if line is None:
            yield Skipped(number, f"longer than {MAX_LINE:,} characters")
        elif line.strip():
            yield _record(number, line)


def _record(number: int, line: str) -> Record | Skipped:
    try:
        value = json.loads(line)
    except RecursionError:
        return Skipped(number, "not JSON that can be read: nested too deeply")
    except ValueError as error:
        return Skipped(number, f"not JSON: {error}")
    return Record(number, value) if isinstance(value, dict) else Skipped(number, "not a JSON object")


def _json(stream: BinaryIO, source: str, notation: Notation) -> Iterator[Record | Skipped]:
    """A list of objects, alone or under a usual name; the file is one value and is loaded whole."""
    hint = (
        f"JSON is a list of objects, or an object with such a list as one of {', '.join(_LISTS)}; "
        "for one object a line, use the suffix .jsonl."
    )
    text, notation.encoding = decoded(stream, notation.encoding, newline="\n", guess=False)
    try:
        whole = json.load(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{source} is not JSON: {error}.", hint=hint) from error
    if isinstance(whole, dict):
        whole = next((whole[name] for name in _LISTS if isinstance(whole.get(name), list)), None)
    if not isinstance(whole, list):
        raise InputError(f"{source} has no list of records.", hint=hint)
    for number, value in enumerate(whole, start=1):
        yield Record(number, value) if isinstance(value, dict) else Skipped(number, "not a JSON object")


def _parquet(stream: BinaryIO, source: str) -> Iterator[Record | Skipped]:
    """The rows of a table, batch by batch."""
    pa = pyarrow_for(source)
    try:
        seekable = source != STANDARD_INPUT and PurePath(source).suffix.lower() not in COMPRESSED
        table = pa.parquet.ParquetFile(stream if seekable else pa.BufferReader(stream.read()))
        rows = itertools.chain.from_iterable(batch.to_pylist() for batch in table.iter_batches(1_000))
        for number, row in enumerate(rows, start=1):
            yield Record(number, row)
    except pa.ArrowException as error:
        said = str(error).splitlines()[0]
        raise InputError(f"{source} is not Parquet that can be read: {said}", hint="Check the file.") from error


def _csv(stream: BinaryIO, source: str, notation: Notation, delimiter: str | None) -> Iterator[Record | Skipped]:
    """Rows under a header; an empty cell is a field that is not given."""
    csv.field_size_limit(MAX_CELL)
    text, notation.encoding = decoded(stream, notation.encoding, newline="", guess=True)
    ahead = list(itertools.islice(_lines(text), _SNIFFED))
    passed = 0
    if ahead and (separator := _SEPARATOR.fullmatch(ahead[0][1] or "")):
        passed, delimiter = 1, separator[1]
    notation.delimiter = notation.delimiter or delimiter or _delimiter_of([line for _, line in ahead if line])
    after = ((number + len(ahead), line) for number, line in _lines(text))
    rows = _rows(itertools.chain(ahead[passed:], after), source, notation.delimiter)
    names: Sequence[str] | None = None
    for number, row in rows:
        if isinstance(row, str):
            yield Skipped(number, row)
        elif names is None:
            names = [name.strip() for name in row] if any(map(str.strip, row)) else None
        elif row:
            yield _from_row(number, names, row)


def _delimiter_of(lines: Sequence[str]) -> str:
    """The delimiter that parts the first line, and most of those after it into as many cells."""

    def parts(delimiter: str) -> tuple[int, int]:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            return 0, 0
        if not widths or widths[0] == 1:
            return 0, 0
        return sum(width == widths[0] for width in widths), widths[0]

    return max(_DELIMITERS, key=parts)


def _rows(
    lines: Iterator[tuple[int, str | None]], source: str, delimiter: str
) -> Iterator[tuple[int, list[str] | str]]:
    """Yield each row with the line on which it starts; a string instead of a row says why it cannot be read."""
    started: list[int] = []
    too_long: list[int] = []

    def text() -> Iterator[str]:
        for number, line in lines:
            (too_long if line is None else started).append(number)
            if line is not None:
                yield line

    reader = csv.reader(text(), delimiter=delimiter, strict=True)
    row: list[str] | str | None = []
    while row is not None:
        started.clear()
        try:
            row = next(reader, None)
        except csv.Error as error:
            if len(started) > 1:
                raise InputError(
                    f"{source}, line {started[0]}: a quote is not rightly closed by line {started[-1]}: {error}.",
                    hint="Close the quote, or double it if it is part of the text.",
                ) from error
            row = f"not CSV: {error}"
        yield from ((number, f"longer than {MAX_LINE:,} characters") for number in too_long)
        too_long.clear()
        if row is not None:
            yield started[0], row


def _from_row(number: int, names: Sequence[str], row: Sequence[str]) -> Record | Skipped:
    if len(row) != len(names):
        return Skipped(number, f"{len(row)} cells, but the header names {len(names)} columns")
    return Record(number, {name: cell or None for name, cell in zip(names, row, strict=True)})
