"""From a file's bytes to its text: compression by its suffix, the encoding by its first bytes."""

import codecs
import gzip
import io
import re
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path, PurePath
from typing import BinaryIO, cast

from latm.errors import InputError

STANDARD_INPUT = "-"
COMPRESSED = (".gz", ".zst")

_HEAD = 65_536
"""Bytes that the encoding is found from."""

_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_UTF8_CHARACTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_USER = re.compile(r"(?<=://)[^/\s]*@")
_QUERY = re.compile(r"(https?://[^?\s]*)\?[^\s'\"]*")
_NO_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


def is_remote(source: str) -> bool:
    """Whether a file is named by a URL, as `s3://bucket/tickets.jsonl`, and not by a path."""
    return "://" in source


def shown(text: str) -> str:
    """A source, or a text that names one, as people may see it: without the passwords and signatures of its URLs."""
    return _QUERY.sub(r"\1", _USER.sub("", text))


@contextmanager
def opened(source: str) -> Iterator[BinaryIO]:
    """The bytes of a file, here or elsewhere, or of standard input, which stays open.

    Raises:
        OSError: it cannot be read.
        InputError: it is elsewhere, or compressed, in a way that needs a package which is not installed.
    """
    if source == STANDARD_INPUT:
        # Unbuffered: a thread that waits for a buffer keeps its lock, and Python aborts if it ends meanwhile.
        yield getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
        return
    with _remote(source) if is_remote(source) else Path(source).open("rb") as stream:
        match PurePath(shown(source)).suffix.lower():
            case ".gz":
                yield cast("BinaryIO", gzip.GzipFile(fileobj=stream))
            case ".zst":
                yield cast("BinaryIO", pyarrow_for(shown(source)).CompressedInputStream(stream, "zstd"))
            case _:
                yield stream


def _remote(source: str) -> AbstractContextManager[BinaryIO]:
    """A file that its URL names, read in pieces as it is needed."""
    try:
        import fsspec  # an extra
    except ImportError as error:
        raise InputError(
            f"Reading {shown(source)} needs the package fsspec.", hint="Install it: pip install 'latm[files]'"
        ) from error
    try:
        return cast("AbstractContextManager[BinaryIO]", fsspec.open(source, "rb"))
    except ImportError as error:  # of the protocol; it says which package brings it
        raise InputError(f"{shown(source)} cannot be read: {error}.", hint="Install that package.") from error
    except ValueError as error:
        raise InputError(f"{shown(source)} cannot be read: {error}.", hint="Check what stands before ://.") from error


def pyarrow_for(source: str):  # type: ignore[no-untyped-def]  # noqa: ANN201  # it comes without types
    """The package that reads Parquet and Zstandard.

    Raises:
        InputError: it is not installed.
    """
    try:
        import pyarrow as pa  # an extra, and slow to load
        import pyarrow.parquet
    except ImportError as error:
        raise InputError(
            f"Reading {source} needs the package pyarrow.", hint="Install it: pip install 'latm[files]'"
        ) from error
    return pa


class _WithHead(io.RawIOBase):
    """A stream whose beginning was read already; it leaves the stream open."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the base has it wider
        piece = self._head[: len(buffer)] or self._rest.read(len(buffer))
        self._head = self._head[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)


_MARKED = {
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
}
"""Encodings whose order of bytes a mark at the beginning tells; without it, the zeros of ASCII do."""


def decoded(stream: BinaryIO, encoding: str | None, *, newline: str, guess: bool) -> tuple[io.TextIOWrapper, str]:
    """The text of a stream, and the name of its encoding.

    Bytes that are not of the encoding come through as lone surrogates or as U+FFFD, so that whoever reads the text can
    tell which record holds them.

    Args:
        stream: from its beginning; it is not closed.
        encoding: of the text; None: found from the first 64 KiB.
        newline: as of `open`.
        guess: whether what is neither marked nor UTF-8 may be taken for cp1252.

    Raises:
        InputError: there is no such encoding.
    """
    head = stream.read(_HEAD)
    chosen = encoding or _encoding_of(head, guess=guess)
    try:
        name = codecs.lookup(chosen).name
        b" ".decode(name, "ignore")
    except (LookupError, UnicodeError):
        raise InputError(
            f"There is no encoding {chosen!r}.", hint="Give one that Python knows: utf-8, utf-16, cp1252, latin-1 …"
        ) from None
    if name in _MARKED and not head.startswith(_MARKED[name]):
        name = f"{name}-be" if head[0::2].count(0) > head[1::2].count(0) else f"{name}-le"
    name = "utf-8-sig" if name == "utf-8" else name
    errors = "surrogateescape" if name == "utf-8-sig" else "replace"
    text = io.TextIOWrapper(io.BufferedReader(_WithHead(head, stream)), name, errors=errors, newline=newline)
    return text, name.removesuffix("-sig")


def _encoding_of(head: bytes, *, guess: bool) -> str:
    for mark, name in _BOMS.items():
        if head.startswith(mark):
            return name
    if head.count(0) > len(head) // 4:
        return "utf-16-be" if head[0::2].count(0) > head[1::2].count(0) else "utf-16-le"
    characters = _UTF8_CHARACTER.findall(head)
    others = sum(byte > 127 for byte in head) - sum(map(len, characters))  # noqa: PLR2004  # the last of ASCII
    if guess and others > len(characters) and not _NO_CP1252.search(head):
        return "cp1252"
    return "utf-8"
