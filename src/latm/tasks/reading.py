"""Instances read from JSONL, CSV and BIG-bench JSON; what is malformed is named by its line and skipped."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from latm.errors import InputError
from latm.task import Instance
from latm.tasks.layouts import Skipped, read_big_bench, read_csv, read_jsonl

STANDARD_INPUT = "-"
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

    A record holds `question`, and where known `answer`, `task`, `id`, `scope` (a project) and `instructions` (the
    system text); other fields are ignored. Where `id` is not given it is the line number, or in BIG-bench JSON the
    record's number, from 1. Ids need not be unique: they are the caller's, and a stream cannot remember them all.

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


_READERS = {Format.JSONL: read_jsonl, Format.CSV: read_csv, Format.BIG_BENCH: read_big_bench}
