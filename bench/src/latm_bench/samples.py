"""Finished samples of a run, one JSON object a line, so that a run that was stopped goes on where it stopped."""

import errno
import hashlib
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Self

from latm.errors import InputError, StoreFullError

Json = dict[str, Any]


class Samples:
    """The samples of one run, on the disk before they are used.

    Args:
        path: of the file; it is made if it is missing. A last line that a killed process left torn does not count.
        configuration: what the samples depend on; they are of no use to a run that is set up otherwise.

    Raises:
        InputError: the file holds the samples of another configuration, or is damaged.
        StoreFullError: it cannot be written.
    """

    def __init__(self, path: Path, configuration: Mapping[str, Any]) -> None:
        self._path = path
        self._configuration = digest(configuration)
        self._done: dict[str, Json] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = path.open("a+b", buffering=0)
        except OSError as error:
            raise self._full(error) from error
        try:
            self._read()
        except BaseException:
            self._stream.close()
            raise

    @property
    def done(self) -> int:
        """How many samples are finished."""
        return len(self._done)

    async def get(self, key: str, make: Callable[[], Awaitable[Json]]) -> Json:
        """The finished sample of this key; made now and kept where there is none."""
        if key not in self._done:
            sample = await make()
            self._write({"key": key, "sample": sample})
            self._done[key] = sample
        return self._done[key]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def _read(self) -> None:
        self._stream.seek(0)
        content = self._stream.read() or b""
        end = content.rfind(b"\n") + 1
        self._stream.truncate(end)
        header, *lines = content[:end].splitlines() or [b""]
        if not header:
            self._write({"latm_samples": 1, "configuration": self._configuration})
            return
        try:
            if json.loads(header)["configuration"] != self._configuration:
                raise InputError(
                    f"{str(self._path)!r} holds samples of a run that was set up otherwise.",
                    hint="Name another folder with --out, or add --restart.",
                )
            self._done = {(entry := json.loads(line))["key"]: entry["sample"] for line in lines}
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"The samples {str(self._path)!r} are damaged.",
                hint="Name another folder with --out, or add --restart.",
            ) from error

    def _write(self, line: Json) -> None:
        data = json.dumps(line).encode() + b"\n"
        try:
            written = self._stream.write(data)
        except OSError as error:
            raise self._full(error) from error
        if written != len(data):
            raise self._full(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    def _full(self, error: OSError) -> StoreFullError:
        return StoreFullError(f"{str(self._path)!r} cannot be written: {error.strerror}.", hint="Name another folder.")


def digest(value: object) -> str:
    """A short SHA-256 of a value's JSON; what is not JSON counts by its text."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]
