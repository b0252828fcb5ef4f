"""Files of settings: the user's own, and that of the current folder, which may be somebody else's."""

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs

from latm.errors import SettingsError

NAME = "latm.toml"

_DECISIVE = ("store", "sandbox", "isolation", "record", "replay")
_MODELS = ("maker", "user", "direct", "dispatcher")
_ADDRESS = "@"


def users_own() -> Path:
    """The file of settings in the user's config folder; it counts in every folder."""
    return platformdirs.user_config_path("latm") / NAME


def read_files() -> dict[str, Any]:
    """What the user's own file and that of the current folder set; the folder's wins.

    Raises:
        SettingsError: one cannot be read, or the folder's decides where keys, questions or tools go, and the user has
            not said that it may.
    """
    here = Path(NAME)
    found = _read(here)
    if (decisive := decisive_in(found)) and not is_trusted(here):
        raise SettingsError(
            f"{NAME} in this folder sets {', '.join(decisive)}, which decides where keys, questions and tools go.",
            hint=f"Read it, then let it count as it is now by `latm trust`, or set that by flags or in {users_own()}.",
        )
    return _read(users_own()) | found


def decisive_in(found: Mapping[str, Any]) -> list[str]:
    """The settings among these that a stranger's file must not make."""
    addresses = [name for name in _MODELS if _ADDRESS in str(found.get(name, ""))]
    return [name for name in _DECISIVE if name in found] + addresses


def trust(path: Path) -> list[str]:
    """Let a file count as it is now; what that allows.

    Raises:
        SettingsError: it cannot be read, or that cannot be kept.
    """
    decisive = decisive_in(_read(path))
    kept = _trusted()
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with kept.open("a", encoding="utf-8") as stream:
            stream.write(_mark(path) + "\n")
    except OSError as error:
        raise SettingsError(f"{kept} cannot be written: {error.strerror}.", hint="Check its permissions.") from error
    return decisive


def is_trusted(path: Path) -> bool:
    """Whether the user has said that this file, in this place and as it is now, counts."""
    try:
        return _mark(path) in _trusted().read_text(encoding="utf-8").split()
    except OSError:
        return False


def _trusted() -> Path:
    return users_own().with_name("trusted")


def _mark(path: Path) -> str:
    return hashlib.sha256(str(path.resolve()).encode() + b"\0" + path.read_bytes()).hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.", hint="Correct it, or move it away.") from error
