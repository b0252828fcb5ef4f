"""The output of a batch: a line per answer, appended by blocks, taken up again after the last whole line."""

import fcntl
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, count
from pathlib import Path
from typing import NamedTuple, Self, cast

from latm.answer import Route
from latm.batch.line import JsonLines, Line, Notation, Read, is_line
from latm.batch.spreadsheet import Rows
from latm.errors import InputError, StoreFullError
from latm.task import Instance

START_OVER = "Name another output, or use --restart: it moves this file aside and starts over."


class Failed(NamedTuple):
    """A line without an answer.

    Attributes:
        start: the byte at which it starts.
        line: as it is.
        instance: what it fails to answer.
    """

    start: int
    line: Line
    instance: Instance


class Output:
    """A file of answers that only this process appends to.

    A kill at any moment leaves whole lines and at most one torn one, which the next run cuts off and answers again.

    Args:
        path: created if it is missing; CSV by the suffix .csv, else JSONL.
        guard: put a ' before cells of CSV that a spreadsheet would run.
        notation: how lines stand in it; None: by the suffix.

    Raises:
        InputError: it is a folder, or another process is writing it.
        StoreFullError: it cannot be opened for writing.
    """

    def __init__(self, path: Path, *, guard: bool = True, notation: Notation | None = None) -> None:
        self.path = path
        self._notation = notation or (Rows(guard=guard) if path.suffix.lower() == ".csv" else JsonLines())
        self._header = b""
        self._header_length = 0
        if path.is_dir():
            raise InputError(f"{path} is a folder.", hint="Name a file for the answers.")
        try:
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise self._full(error) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise InputError(
                f"Another process is writing {path}.", hint="Wait for it, or name another output."
            ) from error
        except OSError as error:
            self._file.close()
            raise self._full(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def resume(
        self, instances: Iterable[Instance], seen: Callable[[Line], None], failed: list[Failed] | None = None
    ) -> Iterator[Instance]:
        """Pass over the instances that are answered already.

        Args:
            instances: the whole input.
            seen: is given every line that is there.
            failed: is filled with those that have no answer.

        Returns:
            The instances that are left. A torn last line has been cut off; its instance is the first of them.

        Raises:
            InputError: the file is not an output of latm, or of another input; nothing in it is changed.
        """
        left = iter(instances)
        first = next(left, None)
        if first is None:
            if self.path.stat().st_size:
                raise self._too_many(0)
            return left
        left = chain([first], left)
        header = self._notation.header(first)
        self._header_length = len(header)
        with self.path.open("rb") as stream:
            there = stream.read(len(header))
            if there != header:
                if not header.startswith(there):
                    raise self._foreign(1)
                self._file.truncate(0)
                self._header = header
                return left
            return self._resume(self._notation.read(stream), left, seen, failed, len(header))

    def _resume(
        self, lines: Iterable[Read], left: Iterator[Instance], seen: Callable[[Line], None],
        failed: list[Failed] | None, whole: int,
    ) -> Iterator[Instance]:  # fmt: skip
        """Pass over the instances that have a line; `whole` bytes come before the lines."""
        first = 2 if whole else 1
        for number, line in enumerate(lines, start=first):
            instance = next(left, None)
            if instance is None:
                raise self._too_many(number - first)
            if line.is_torn:
                self._cut(number, line.raw, instance, whole)
                return chain([instance], left)
            seen(found := self._checked(number, line.value, instance))
            if failed is not None and found["route"] == Route.FAILED:
                failed.append(Failed(whole, found, instance))
            whole += len(line.raw)
        return left

    def _too_many(self, questions: int) -> InputError:
        return InputError(
            f"{self.path} has answers to more questions than this run has: it has {questions}.",
            hint=f"Leave out --limit and --sample, or give them as before. {START_OVER}",
        )

    def clear(self) -> None:
        """Empty it."""
        self._file.truncate(0)

    def append(self, lines: Sequence[Line]) -> None:
        """Write a block of lines, and wait until they are on the disk.

        Raises:
            StoreFullError: they could not be written whole, and none of them is left in the file, so that they can be
                written again; what was written before is safe.
        """
        before = os.fstat(self._file.fileno()).st_size
        rest = memoryview(self._header + b"".join(map(self._notation.encoded, lines)))
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
            os.fsync(self._file.fileno())
            self._header = b""
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(before)
            raise self._full(error) from error

    def beside(self) -> "Output":
        """Where new answers to questions that failed are kept until they take the places of the old ones."""
        return Output(self.path.with_name(f"{self.path.name}.retried"), notation=self._notation)

    def replace(self, starts: Collection[int], new: "Output") -> None:
        """Put the lines of another output, which is then removed, in the places of the lines that start at these bytes.

        A kill at any moment leaves the one file or the other.

        Raises:
            StoreFullError: the new file could not be written; the old one is as it was.
        """
        fresh = self.path.with_name(f"{self.path.name}.new")
        try:
            file = fresh.open("wb", buffering=0)
            fcntl.flock(file, fcntl.LOCK_EX)
            with self.path.open("rb") as old, new.path.open("rb") as answers:
                file.write(old.read(self._header_length))
                answers.seek(self._header_length)
                fresh_lines, place = self._notation.read(answers), self._header_length
                for line in self._notation.read(old):
                    file.write(next(fresh_lines).raw if place in starts else line.raw)
                    place += len(line.raw)
            os.fsync(file.fileno())
            fresh.replace(self.path)
        except OSError as error:
            raise self._full(error) from error
        self._file.close()
        self._file = file
        new.path.unlink(missing_ok=True)

    def _checked(self, number: int, value: object, instance: Instance) -> Line:
        if not is_line(value):
            raise self._foreign(number)
        line = cast("Line", value)
        if (line["id"], line["question"]) != self._notation.names(instance):
            raise InputError(
                f"{self.path}, line {number} answers the question {line['id']!r}, "
                f"but there the input has {instance.id!r}{' with another text' * (line['id'] == instance.id)}.",
                hint=f"The input has changed, or is another one. {START_OVER}",
            )
        return line

    def _cut(self, number: int, torn: bytes, instance: Instance, length: int) -> None:
        """Cut the file to its whole lines, if what follows them is the beginning of the next one."""
        head = self._notation.head(instance)
        if not (torn.startswith(head) or head.startswith(torn)):
            raise self._foreign(number)
        self._file.truncate(length)

    def _foreign(self, number: int) -> InputError:
        return InputError(f"{self.path}, line {number} is not an answer that latm wrote.", hint=START_OVER)

    def _full(self, error: OSError) -> StoreFullError:
        return StoreFullError(
            f"{self.path} cannot be written: {error.strerror}.",
            hint="What was written before is safe; once it can be written, run the same command again to go on.",
        )


def move_aside(path: Path) -> Path | None:
    """Give a file another name, so that its own is free.

    Returns:
        The new name; None if there was no such file.

    Raises:
        StoreFullError: it cannot be renamed.
    """
    if not path.is_file():
        return None
    aside = next(name for i in count(1) if not (name := path.with_name(f"{path.name}.{i}")).exists())
    try:
        return path.rename(aside)
    except OSError as error:
        raise StoreFullError(f"{path} cannot be moved aside: {error.strerror}.") from error
