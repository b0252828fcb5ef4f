"""The time zone database, read whole while files can still be opened, for `zoneinfo` in the jail."""

import io
import os
import time
import zoneinfo
from typing import BinaryIO

_MAGIC = b"TZif"
_COPIES = frozenset({"posix", "right"})
"""Folders that repeat the zones, or count leap seconds; `zoneinfo.available_timezones` leaves them out too."""


def found() -> dict[str, bytes]:
    """Every zone that CPython would find here, by name."""
    zones: dict[str, bytes] = {}
    for folder in reversed(zoneinfo.TZPATH):
        zones |= dict(_read(folder, ""))
    return zones


def preload(zones: dict[str, bytes]) -> None:
    """Make `zoneinfo` serve these from memory."""
    time.localtime()  # the C library reads /etc/localtime when it is first asked

    def load(key: str) -> BinaryIO:
        if key not in zones:
            raise zoneinfo.ZoneInfoNotFoundError(f"No time zone found with key {key}")
        return io.BytesIO(zones[key])

    names = frozenset(zones) - {"posixrules"}
    zoneinfo.reset_tzpath(())
    setattr(zoneinfo._common, "load_tzdata", load)  # noqa: SLF001, B010  # its one door to the package tzdata
    zoneinfo.available_timezones = lambda: set(names)


def _read(folder: str, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in os.scandir(folder) if os.path.isdir(folder) else ():  # noqa: PTH112  # the zygote loads no pathlib
        if entry.is_dir():
            if entry.name not in _COPIES or prefix:
                found += _read(entry.path, f"{prefix}{entry.name}/")
        elif (content := _content(entry.path)).startswith(_MAGIC):
            found.append((prefix + entry.name, content))
    return found


def _content(path: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:  # a link to nowhere, as `localtime` is in a small container
        return b""
    try:
        # Read at its exact size: a generous buffer would leave a mapping for each zone, and slow every fork fourfold.
        return os.read(descriptor, os.fstat(descriptor).st_size)
    finally:
        os.close(descriptor)
