"""Instances read from a file, one after the other; what is malformed is named by its line and skipped."""

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from latm.errors import InputError, LatmError
from latm.reading.columns import Columns, Layout, decides, layout_of
from latm.reading.decoding import STANDARD_INPUT, is_remote, opened, shown
from latm.reading.formats import Format, Notation, Record, Skipped, format_of, records
from latm.reading.values import MalformedError
from latm.task import Instance

MAX_SKIPPED_KEPT = 1_000

_LOOKED_AT = 50
"""Records that the layout is found from."""


class Reading:
    """The instances of one file, read as they are iterated; each iteration starts afresh.

    JSONL, CSV, TSV and Parquet are streamed. JSON is one value and is loaded whole.

    Args:
        source: a path, a URL that fsspec reads, or `-` for standard input.
        layout: how it holds its records.
        strict: stop at the first malformed line instead of skipping it.
        columns: which of them hold what.
        notation: as far as the caller knows it.

    Attributes:
        name: the source as people may see it, without a password that its URL may carry.
        skipped: the first 1,000 malformed lines of the latest iteration, in order.
        skipped_count: how many there were.
        said: in words, what was found: the layout, and an encoding or a delimiter out of the usual.
    """

    def __init__(
        self, source: str, layout: Format, *, strict: bool = False, columns: Columns | None = None,
        notation: Notation | None = None,
    ) -> None:  # fmt: skip
        self.source = source
        self.name = shown(source)
        self.layout = layout
        self.strict = strict
        self.skipped: list[Skipped] = []
        self.skipped_count = 0
        self.said = ""
        self._columns = columns or Columns()
        self._notation = notation or Notation()

    def __iter__(self) -> Iterator[Instance]:
        """Yield the well-formed instances.

        Raises:
            InputError: the file cannot be read at all, holds no instance, or a line is malformed and `strict` is set.
        """
        self.skipped, self.skipped_count = [], 0
        found = 0
        for outcome in self._outcomes():
            if isinstance(outcome, Instance):
                found += 1
                yield outcome
            else:
                self._skip(outcome)
        if not found:
            raise self._without_instances()

    def _outcomes(self) -> Iterator[Instance | Skipped]:
        notation = Notation(self._notation.encoding, self._notation.delimiter)
        try:
            with opened(self.source) as stream:
                rows = records(stream, self.name, self.layout, notation)
                ahead = self._looked_at(rows)
                looked_at = [row for row in ahead if isinstance(row, Record)]
                layout = layout_of(looked_at, self._columns, self.name) if looked_at else None
                self._say(layout, notation)
                for row in chain(ahead, rows):
                    if isinstance(row, Skipped):
                        yield row
                        continue
                    layout = layout or layout_of([row], self._columns, self.name)
                    yield self._instance(layout, row)
        except LatmError:
            raise
        except (OSError, EOFError) as error:
            raise self._unread(error) from error
        except Exception as error:
            if not is_remote(self.source):
                raise
            raise self._unread(error) from error  # the package of each protocol has errors of its own

    def _looked_at(self, rows: Iterator[Record | Skipped]) -> list[Record | Skipped]:
        ahead: list[Record | Skipped] = []
        for row in islice(rows, _LOOKED_AT):
            ahead.append(row)
            # Of what is piped in, the next record may be long in coming.
            if self.source == STANDARD_INPUT and isinstance(row, Record) and decides(row, self._columns):
                break
        return ahead

    def _unread(self, error: Exception) -> InputError:
        if not is_remote(self.source):
            said = getattr(error, "strerror", None) or error
            return InputError(f"{self.name} cannot be read: {said}.", hint="Check the path and its permissions.")
        # An error that only names the file has its reason behind it, if there is one.
        why = error.__cause__ or error if isinstance(error, FileNotFoundError) else error
        said = "there is no such file" if isinstance(why, FileNotFoundError) else shown(str(why)) or type(why).__name__
        return InputError(f"{self.name} cannot be read: {said}.", hint="Check the URL, its keys and the network.")

    def _instance(self, layout: Layout, record: Record) -> Instance | Skipped:
        try:
            return layout.instance(record, self._columns)
        except MalformedError as error:
            return Skipped(record.line, str(error))

    def _say(self, layout: Layout | None, notation: Notation) -> None:
        parts = [layout.said] if layout else []
        parts += [f"encoding {notation.encoding}"] if notation.encoding not in {None, "utf-8"} else []
        parts += [f"delimiter {notation.delimiter!r}"] if notation.delimiter not in {None, ","} else []
        self.said = ", ".join(parts)

    def _skip(self, skipped: Skipped) -> None:
        if self.strict:
            raise InputError(
                f"{self.name}, line {skipped.line}: {skipped.reason}.",
                hint="Correct the line, or read without strict to skip such lines.",
            )
        self.skipped_count += 1
        if len(self.skipped) < MAX_SKIPPED_KEPT:
            self.skipped.append(skipped)

    def _without_instances(self) -> InputError:
        if not self.skipped:
            return InputError(f"{self.name} holds no questions.", hint="Check that it is the right file.")
        first = self.skipped[0]
        return InputError(
            f"{self.name} holds no question: all of its {self.skipped_count:,} lines are malformed; "
            f"line {first.line}: {first.reason}.",
            hint="Check the format (--format), the encoding (--encoding), and which columns hold what (--question).",
        )


def read(
    source: str | Path, *, layout: Format | None = None, strict: bool = False, columns: Columns | None = None,
    notation: Notation | None = None,
) -> Reading:  # fmt: skip
    """Open questions for reading.

    If the caller names no columns, the layouts that are known are recognised: `question` with `answer`, chats in
    `messages`, OpenAI's batch files, `instruction` with `input`, `prompt` with `completion`, `input` with `output` or
    `target`. Beside these a record may hold `task`, `id`, `scope` (a project) and `instructions` (the system text).
    If there is no id, it is the number of the line, or of the record in JSON and Parquet, from 1. Ids need not be
    unique: they are the caller's, and a stream cannot remember them all.

    Args:
        source: a path, a URL that fsspec reads (`s3://bucket/file.jsonl`), or `-` for standard input.
        layout: how the file holds its questions; None: by its suffix, and JSONL on standard input.
        strict: stop at the first malformed line instead of skipping it.
        columns: which columns hold what.
        notation: encoding and delimiter, if they are known.

    Raises:
        InputError: there is no such file, it is a directory, or its suffix says nothing.
    """
    if str(source) == STANDARD_INPUT:
        return Reading(STANDARD_INPUT, layout or Format.JSONL, strict=strict, columns=columns, notation=notation)
    if is_remote(str(source)):  # that it is there shows when it is read
        layout = layout or format_of(shown(str(source)))
        return Reading(str(source), layout, strict=strict, columns=columns, notation=notation)
    path = Path(source)
    if path.is_dir():
        raise InputError(f"{path} is a directory.", hint="Name one file of questions.")
    if not path.exists():
        raise InputError(f"There is no file {path}.", hint="Check the path; `-` reads standard input.")
    return Reading(str(path), layout or format_of(str(path)), strict=strict, columns=columns, notation=notation)
