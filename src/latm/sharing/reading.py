"""Reading a tool that a stranger packed: no path is followed out of it, nothing large is read, nothing is unpacked."""

import json
import os
import stat
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from latm.errors import InputError
from latm.sharing.bundle import MANIFEST, SOURCE, Bundle, bundle_of
from latm.sharing.original import read_original

_LARGEST = {MANIFEST: 4 << 20, SOURCE: 256 << 10}
_LARGEST_ARCHIVE = 32 << 20
_MOST_FILES = 1_000
_DEEPEST = 4

_Place = TypeVar("_Place")


def read_bundle(path: Path) -> Bundle:
    """The tool in a folder, a wheel, a zip file, or a wrapped tool of the original LATM repository.

    Args:
        path: what `latm tools export` wrote, or such a JSON file.

    Raises:
        InputError: there is no tool in it, or not one that can safely be read; says why in one sentence.
    """
    if path.is_dir():
        folder = _folder_with_manifest(path)
        return bundle_of(_read(folder / MANIFEST), _read(folder / SOURCE))
    if path.suffix in {".zip", ".whl"}:
        return _from_archive(path)
    if path.suffix == ".json":
        return read_original(_messages(_read(path, _LARGEST[MANIFEST])), path.stem)
    raise InputError(
        f"{path} is not a tool: it is neither a folder nor a wheel, a zip file or JSON.",
        hint="Give what `latm tools export --as package` or `--as skill` wrote.",
    )


def _folder_with_manifest(path: Path) -> Path:
    """The folder, at or below a path, that holds the one manifest; links are not followed."""
    found: list[Path] = []
    for seen, (folder, below, files) in enumerate(os.walk(path), 1):
        depth = len(Path(folder).relative_to(path).parts)
        if depth >= _DEEPEST:
            below.clear()
        below[:] = [name for name in below if not name.startswith(".")]
        if seen > _MOST_FILES:
            raise InputError(f"{path} has over {_MOST_FILES:,} folders, which is more than a tool has.")
        if MANIFEST in files:
            found.append(Path(folder))
    return _only(found, path)


def _read(path: Path, largest: int = 0) -> bytes:
    """A plain file, unless it is too large; no link, pipe or device."""
    largest = largest or _LARGEST[path.name]
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise InputError(f"{path} is not a plain file.")
            content = file.read(largest + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read as a plain file: {error.strerror}.") from error
    return _small(content, largest, str(path))


def _from_archive(path: Path) -> Bundle:
    """The tool in an archive, of which nothing else is looked at."""
    try:
        if path.stat().st_size > _LARGEST_ARCHIVE:
            raise InputError(f"{path} has over {_LARGEST_ARCHIVE >> 20} MiB, which is more than a tool has.")
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            _refuse_names(names, path)
            folder = _only([PurePosixPath(name).parent for name in names if PurePosixPath(name).name == MANIFEST], path)
            return bundle_of(*(_member(archive, str(folder / name)) for name in (MANIFEST, SOURCE)))
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise InputError(f"{path} cannot be read as a zip file: {error}.") from error


def _refuse_names(names: Sequence[str], path: Path) -> None:
    if len(names) > _MOST_FILES:
        raise InputError(f"{path} has {len(names):,} files, which is more than a tool has.")
    for name in names:
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name:
            raise InputError(f"{path} has a file whose path leads out of it: {name[:200]!r}.")


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """One file of an archive; what it claims to be long is not believed."""
    try:
        entry = archive.getinfo(name)
    except KeyError:
        raise InputError(f"{archive.filename} has no {name} beside its {MANIFEST}.") from None
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise InputError(f"{archive.filename} has a link where {name} should be.")
    largest = _LARGEST[PurePosixPath(name).name]
    with archive.open(entry) as file:
        return _small(file.read(largest + 1), largest, f"{name} in {archive.filename}")


def _small(content: bytes, largest: int, what: str) -> bytes:
    if len(content) > largest:
        raise InputError(f"{what} has over {largest >> 10:,} KiB, which is more than a tool has.")
    return content


def _only(found: Sequence[_Place], path: Path) -> _Place:
    if len(found) == 1:
        return found[0]
    how_many = "several tools" if found else "no tool"
    raise InputError(
        f"{path} holds {how_many}: {len(found)} files are called {MANIFEST}.", hint="Name the folder of one tool."
    )


def _messages(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"The file is not JSON: {error}.") from error
