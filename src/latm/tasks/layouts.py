"""How each layout of a file holds its questions: from bytes to instances, or to the reason why there is none."""

import codecs
import csv
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple

from latm.errors import InputError
from latm.question import ANY, Scope
from latm.task import Instance

MAX_LINE_BYTES = 1_000_000


class Skipped(NamedTuple):
    """A malformed line (or BIG-bench record), counted from 1, and why it was skipped."""

    line: int
    reason: str


class _MalformedError(Exception):
    """A record is no instance; the message is the reason."""


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


def read_jsonl(stream: BinaryIO, _source: str) -> Iterator[Instance | Skipped]:
    """Read one JSON object a line; empty lines are passed over."""
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


def read_csv(stream: BinaryIO, source: str) -> Iterator[Instance | Skipped]:
    """Read rows under a header; an empty cell is a field that is not given.

    Raises:
        InputError: the header does not name a column `question`.
    """
    rows = _csv_rows(stream)
    header = next((row for _, row in rows if row), None)
    names = [name.strip().lower() for name in header] if isinstance(header, list) else []
    if "question" not in names:
        raise InputError(
            f"{source} has no column `question` in its first line.",
            hint="The first line names the columns: question, and answer, task, id, scope, instructions where known.",
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


def read_big_bench(stream: BinaryIO, source: str) -> Iterator[Instance | Skipped]:
    """Read the list `examples` of one JSON object.

    Raises:
        InputError: the file is not JSON, or has no such list.
    """
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
    scope = Scope(_text(record, "scope") or "", _text(record, "instructions") or "")
    return Instance(
        question,
        id=_text(record, "id") or str(number),
        answer=_text(record, "answer"),
        task=_text(record, "task"),
        scope=scope if scope.digest else ANY,
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
