"""Instances read from JSONL, CSV and BIG-bench JSON; what is malformed is named by its line and skipped."""

import codecs
import csv
import itertools
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from latm.errors import InputError
from latm.task import Instance

STANDARD_INPUT = "-"
MAX_LINE_BYTES = 1_000_000
MAX_SKIPPED_KEPT = 1_000


class Format(StrEnum):
    """How a file holds its questions."""

    JSONL = "jsonl"
    CSV = "csv"
    BIG_BENCH = "big-bench"


FORMAT_OF_SUFFIX = {
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".csv": Format.CSV,
    ".json": Format.BIG_BENCH,
}


class Skipped(NamedTuple):
    """A malformed line (or BIG-bench record), counted from 1, and why it was skipped."""

    line: int
    reason: str


class _MalformedError(Exception):
    """A record is no instance; the message is the reason."""


class Reading:
    """The instances of one file, read as they are iterated; each iteration starts afresh.

    JSONL and CSV are streamed. BIG-bench JSON is one value and is loaded whole.

    Attributes:
        skipped: the first 1,000 malformed lines of the latest iteration, in order.
        skipped_count: how many there were.
    """

    def __init__(self, source: str, layout: Format, *, strict: bool = False) -> None:
        self.source = source
        self.layout = layout
        self.strict = strict
        self.skipped: list[Skipped] = []
        self.skipped_count = 0

    def __iter__(self) -> Iterator[Instance]:
        """Yield the well-formed instances.

        Raises:
            InputError: the file cannot be read at all, or a line is malformed and `strict` is set.
        """
        self.skipped, self.skipped_count = [], 0
        for outcome in self._outcomes():
            if isinstance(outcome, Instance):
                yield outcome
            else:
                self._skip(outcome)

    def _outcomes(self) -> Iterator[Instance | Skipped]:
        try:
            with _opened(self.source) as stream:
                yield from _READERS[self.layout](stream, self.source)
        except OSError as error:
            raise InputError(
                f"{self.source} cannot be read: {error.strerror or error}.", hint="Check the path and its permissions."
            ) from error

    def _skip(self, skipped: Skipped) -> None:
        if self.strict:
            raise InputError(
                f"{self.source}, line {skipped.line}: {skipped.reason}.",
                hint="Mend the line, or read without strict to skip such lines.",
            )
        self.skipped_count += 1
        if len(self.skipped) < MAX_SKIPPED_KEPT:
            self.skipped.append(skipped)


def read(source: str | Path, *, layout: Format | None = None, strict: bool = False) -> Reading:
    """Open questions for reading.

    A record holds `question`, and where known `answer`, `task` and `id`; other fields are ignored. Where `id` is not
    given it is the line number, or in BIG-bench JSON the record's number, from 1. Ids need not be unique: they are the
    caller's, and a stream cannot remember them all.

    Args:
        source: a path, or `-` for standard input.
        layout: how the file holds its questions; None: by its suffix, and JSONL on standard input.
        strict: stop at the first malformed line instead of skipping it.

    Raises:
        InputError: there is no such file, it is a directory, or its suffix says nothing.
    """
    if str(source) == STANDARD_INPUT:
        return Reading(STANDARD_INPUT, layout or Format.JSONL, strict=strict)
    path = Path(source)
    if path.is_dir():
        raise InputError(f"{path} is a directory.", hint="Name one file of questions.")
    if not path.exists():
        raise InputError(f"There is no file {path}.", hint="Check the path; `-` reads standard input.")
    return Reading(str(path), layout or _guess(path), strict=strict)


def _guess(path: Path) -> Format:
    layout = FORMAT_OF_SUFFIX.get(path.suffix.lower())
    if layout is None:
        raise InputError(
            f"The suffix of {path} does not say how it holds its questions.",
            hint=f"Use one of {', '.join(FORMAT_OF_SUFFIX)}, or give the format: {', '.join(Format)}.",
        )
    return layout


def _opened(source: str) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdin.buffer) if source == STANDARD_INPUT else Path(source).open("rb")


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Number the lines from 1; None stands for a line over the limit, which is passed over in pieces."""
    for number in itertools.count(1):
        line = stream.readline(MAX_LINE_BYTES + 1)
        if not line:
            return
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if len(line) <= MAX_LINE_BYTES:
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(MAX_LINE_BYTES)
        yield number, None


def _read_jsonl(stream: BinaryIO, _source: str) -> Iterator[Instance | Skipped]:
    for number, line in _lines(stream):
        if line is None:
            yield Skipped(number, f"longer than {MAX_LINE_BYTES:,} bytes")
        elif line.strip():
            yield _from_json(number, line)


def _from_json(number: int, line: bytes) -> Instance | Skipped:
    try:
        return _instance(number, _object(json.loads(line.decode())))
    except UnicodeDecodeError:
        return Skipped(number, "not UTF-8")
    except RecursionError:
        return Skipped(number, "not JSON that can be read: nested too deeply")
    except _MalformedError as error:
        return Skipped(number, str(error))
    except ValueError as error:
        return Skipped(number, f"not JSON: {error}")


def _read_csv(stream: BinaryIO, source: str) -> Iterator[Instance | Skipped]:
    rows = _csv_rows(stream)
    header = next((row for _, row in rows if row), None)
    names = [name.strip().lower() for name in header] if isinstance(header, list) else []
    if "question" not in names:
        raise InputError(
            f"{source} has no column `question` in its first line.",
            hint="The first line names the columns, separated by commas: question, and answer, task, id where known.",
        )
    for number, row in rows:
        if isinstance(row, str):
            yield Skipped(number, row)
        elif row:
            yield _from_row(number, names, row)


def _csv_rows(stream: BinaryIO) -> Iterator[tuple[int, list[str] | str]]:
    """Yield each row with the line on which it starts; a string instead of a row says why it cannot be read."""
    started: list[int] = []
    too_long: list[int] = []

    def text() -> Iterator[str]:
        for number, line in _lines(stream):
            if line is None:
                too_long.append(number)
            else:
                started.append(number)
                # Bytes that are no UTF-8 must reach the row that holds them, so that only that row is skipped.
                yield line.decode(errors="surrogateescape")

    reader = csv.reader(text(), strict=True)
    row: list[str] | str | None = []
    while row is not None:
        started.clear()
        try:
            row = next(reader, None)
        except csv.Error as error:
            row = f"not CSV: {error}"
        yield from ((number, f"longer than {MAX_LINE_BYTES:,} bytes") for number in too_long)
        too_long.clear()
        if row is not None:
            yield started[0], row


def _from_row(number: int, names: Sequence[str], row: Sequence[str]) -> Instance | Skipped:
    if len(row) != len(names):
        return Skipped(number, f"{len(row)} cells where the header names {len(names)} columns")
    record = {name: cell for name, cell in zip(names, row, strict=True) if cell or name == "question"}
    try:
        return _instance(number, record)
    except _MalformedError as error:
        return Skipped(number, str(error))


def _read_big_bench(stream: BinaryIO, source: str) -> Iterator[Instance | Skipped]:
    for number, record in enumerate(_big_bench_examples(stream, source), start=1):
        try:
            yield _instance(number, _big_bench_record(_object(record)))
        except _MalformedError as error:
            yield Skipped(number, str(error))


def _big_bench_examples(stream: BinaryIO, source: str) -> list[Any]:
    hint = "BIG-bench JSON is one object with a list `examples`; for one object a line, use the suffix .jsonl."
    try:
        whole = json.loads(stream.read().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{source} is not JSON: {error}.", hint=hint) from error
    examples = whole.get("examples") if isinstance(whole, dict) else None
    if not isinstance(examples, list):
        raise InputError(f"{source} has no list `examples`.", hint=hint)
    return examples


def _big_bench_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Bring one of BIG-bench's examples into our terms.

    Of several targets the first is the answer. Where there are only `target_scores`, the answer is the best option, and
    the options are appended to the question, as BIG-bench does.
    """
    if "input" not in record:
        raise _MalformedError("no `input`")
    question, target = record["input"], record.get("target")
    if isinstance(target, list):
        if not target:
            raise _MalformedError("`target` is an empty list")
        target = target[0]
    if target is None and "target_scores" in record:
        scores = record["target_scores"]
        target = _best(scores)
        question = "\n  choice: ".join([str(question), *scores])
    return {"question": question, "answer": target}


def _best(scores: object) -> str:
    if not isinstance(scores, dict) or not all(isinstance(score, int | float) for score in scores.values()):
        raise _MalformedError("`target_scores` is no object of numbers")
    best = [option for option, score in scores.items() if score == max(scores.values())]
    if len(best) != 1:
        raise _MalformedError("`target_scores` has no single best option")
    return str(best[0])


def _object(record: object) -> Mapping[str, Any]:
    if not isinstance(record, dict):
        raise _MalformedError("not a JSON object")
    return record


def _instance(number: int, record: Mapping[str, Any]) -> Instance:
    if "question" not in record:
        raise _MalformedError("no `question`")
    question = _text(record, "question")
    if question is None:
        raise _MalformedError("`question` is null")
    if not question.strip():
        raise _MalformedError("`question` is empty")
    identity = record.get("id")
    if isinstance(identity, int) and not isinstance(identity, bool):
        record = {**record, "id": str(identity)}
    return Instance(
        question, id=_text(record, "id") or str(number), answer=_text(record, "answer"), task=_text(record, "task")
    )


def _text(record: Mapping[str, Any], name: str) -> str | None:
    value = record.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _MalformedError(f"`{name}` is not a string but {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _MalformedError(f"`{name}` is not UTF-8") from None
    return value


_READERS = {Format.JSONL: _read_jsonl, Format.CSV: _read_csv, Format.BIG_BENCH: _read_big_bench}
