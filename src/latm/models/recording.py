"""Recordings: completions of a real model in a file, one JSON object per line, found again by what was asked.

The first line is a header. Every other line is an `Entry`. A recording keeps hashes of the requests, never their text,
also if a completion repeats it.
A process that is killed can leave the last line torn; that line is as if it had never been written. Any other line
that cannot be read is an error.
"""

import errno
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from latm.errors import InputError, StoreFullError
from latm.ledger import Usage
from latm.models.journal import Occurrences
from latm.models.port import Completion, Message, Model, Request
from latm.models.quoting import Unquoted, quoted, unquoted
from latm.models.wrapper import Wrapper

FORMAT = 1
ABOUT = "completions of a real language model, recorded by latm as they came; requests are kept as hashes only"
HEADER_START = b'{"latm_recording": '
HASH_LENGTH = 16


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def fingerprint(message: Message) -> tuple[str, str]:
    """The role of a message, and a short SHA-256 of its text."""
    # As JSON, since a text may hold lone surrogates, which have no UTF-8.
    return message.role, hashlib.sha256(json.dumps(message.content).encode()).hexdigest()[:HASH_LENGTH]


@dataclass(frozen=True, slots=True)
class Entry:
    """One recorded completion.

    Attributes:
        key: `Request.key`.
        occurrence: how many times this request had been made before, from 0.
        purpose: as in the request.
        model: which model answered.
        recorded_at: ISO 8601, UTC.
        usage: as the model reported it.
        seconds: how long it took.
        prompt: role and short hash of each message, in order; tells which prompt changed when a replay misses.
        completion: the text; if it repeats 40 characters of a message or more, in pieces, of which those with three
            numbers say which message, from which character, and how many.
        estimated: whether the tokens are an estimate.
    """

    key: str
    occurrence: int
    purpose: str
    model: str
    recorded_at: str
    usage: Usage
    seconds: float
    prompt: tuple[tuple[str, str], ...]
    completion: Unquoted
    estimated: bool = False

    @classmethod
    def of(cls, request: Request, occurrence: int, completion: Completion) -> "Entry":
        """What is recorded of a completion, now; one that was recorded before keeps its date."""
        return cls(
            key=request.key,
            occurrence=occurrence,
            purpose=request.purpose,
            model=completion.model,
            recorded_at=completion.recorded_at or _now(),
            usage=replace(completion.usage, waited=0.0, payments=()),
            seconds=completion.seconds,
            prompt=tuple(fingerprint(message) for message in request.messages),
            completion=unquoted(completion.text, _texts(request)),
            estimated=completion.estimated,
        )

    def replayed(self, request: Request) -> Completion:
        """The completion of the request as it came, marked as recorded."""
        text = quoted(self.completion, _texts(request))
        return Completion(text, self.model, self.usage, self.seconds, self.recorded_at, self.estimated)


def _texts(request: Request) -> list[str]:
    return [message.content for message in request.messages]


ENTRY = TypeAdapter(Entry)


class Recording:
    """The entries of one or several files; if two hold the same request, the first counts.

    Attributes:
        occurrences: numbers the requests that all roles make of this recording.
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.occurrences = Occurrences()
        self._entries: dict[tuple[str, int], Entry] = {}
        for entry in entries:
            self._entries.setdefault((entry.key, entry.occurrence), entry)

    @property
    def entries(self) -> list[Entry]:
        """Every entry, in the order of the files."""
        return list(self._entries.values())

    def get(self, key: str, occurrence: int) -> Entry | None:
        """The entry for the n-th time this request is made; None without one."""
        return self._entries.get((key, occurrence))


def load_recording(path: Path) -> Recording:
    """Read a recording, or every `*.jsonl` of a folder in the order of their names.

    Raises:
        InputError: it is not there, it is not a recording, or a line is damaged; names the line.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"The folder {str(path)!r} holds no recording.", hint="Recordings end in .jsonl.")
    return Recording(entry for file in files for entry in _read(file))


def _read(file: Path) -> Iterator[Entry]:
    try:
        lines = whole_lines(file.read_bytes())
    except OSError as error:
        raise InputError(f"The recording {str(file)!r} cannot be read: {error.strerror}.") from error
    _check_header(file, lines[0] if lines else b"")
    for number, line in enumerate(lines[1:], start=2):
        try:
            yield ENTRY.validate_python(json.loads(line))
        except ValueError as error:  # pydantic's ValidationError is one as well
            raise InputError(
                f"Line {number} of the recording {str(file)!r} is damaged.",
                hint="Restore the file, or delete the line and record again: what is missing is asked for again.",
            ) from error


def whole_lines(content: bytes) -> list[bytes]:
    """The lines that were written to their end."""
    return content.split(b"\n")[:-1]


def _check_header(file: Path, line: bytes) -> None:
    try:
        header = json.loads(line)
        version = header["latm_recording"]
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"{str(file)!r} is not a recording of latm.", hint="Its first line should be a header with latm_recording."
        ) from error
    if version != FORMAT:
        raise InputError(
            f"The recording {str(file)!r} has format {version!r}; this latm reads {FORMAT}.", hint="Upgrade latm."
        )


class RecordingFile:
    """A recording that grows by one line per completion, on the disk before the completion is used.

    It has one writer at a time.

    Raises:
        InputError: there is a file already, but it is not a recording or is damaged.
        StoreFullError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._writing():
            path.parent.mkdir(parents=True, exist_ok=True)
            content = path.read_bytes() if path.exists() else b""
        # Nothing is cut off before the file is known to be a recording.
        torn = len(content) - content.rfind(b"\n") - 1
        begun = torn < len(content) or not HEADER_START.startswith(content[: len(HEADER_START)])
        self.recording = load_recording(path) if begun else Recording()
        with self._writing():
            self._stream = path.open("ab", buffering=0)
            self._stream.truncate(len(content) - torn)
        if not begun:
            self._append({"latm_recording": FORMAT, "about": ABOUT, "created": _now()})

    def append(self, entry: Entry) -> None:
        """Write an entry.

        Raises:
            StoreFullError: it cannot be written.
        """
        self._append(ENTRY.dump_python(entry, mode="json", exclude={"usage": {"payments"}}))

    def close(self) -> None:
        """Close the file; safe to call again."""
        self._stream.close()

    def _append(self, line: dict[str, object]) -> None:
        with self._writing():
            end = self._stream.seek(0, os.SEEK_END)
            try:
                self._write(json.dumps(line).encode() + b"\n")
            except OSError:
                # A torn line would become the beginning of the next one.
                self._stream.truncate(end)
                raise

    def _write(self, data: bytes) -> None:
        if self._stream.write(data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(self._stream.fileno())

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreFullError(
                f"The recording {str(self._path)!r} cannot be written: {error.strerror}.",
                hint="Make room, or name another file.",
            ) from error


class Recorder(Wrapper):
    """Answers what the recording already holds, asks the model for the rest, and records that.

    So a long recording session that was interrupted is taken up again by starting it once more. Which model answered
    is not part of the key: to record another model, begin another file.
    """

    def __init__(self, model: Model, file: RecordingFile) -> None:
        super().__init__(model)
        self._file = file

    async def complete(self, request: Request) -> Completion:
        """The completion recorded, or a new one that is recorded before it is returned."""
        recording = self._file.recording
        with recording.occurrences.take(request.key) as occurrence:
            recorded = recording.get(request.key, occurrence)
            if recorded is not None:
                return recorded.replayed(request)
            completion = await super().complete(request)
            self._file.append(Entry.of(request, occurrence, completion))
            return completion

    async def close(self) -> None:
        """Close the model and the file."""
        self._file.close()
        await super().close()
