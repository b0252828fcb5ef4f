"""The part of the standard library that tools may import, and the guard that refuses the rest."""

import builtins
import importlib
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

ALLOWED = frozenset(
    """
    __future__ abc array ast base64 binascii bisect calendar cmath collections colorsys contextlib copy csv dataclasses
    datetime decimal difflib enum fractions functools graphlib hashlib heapq hmac html io ipaddress itertools json
    keyword math numbers operator pprint queue random re reprlib shlex statistics string struct sys textwrap time
    types typing unicodedata urllib.parse warnings weakref zlib zoneinfo
    """.split()
)
"""Modules, with all inside them; of `urllib` only `urllib.parse`."""

_ALSO_NEEDED = ("_strptime", "collections.abc", "html.parser", "html.entities", "json.decoder", "json.encoder",
                "encodings.ascii", "encodings.latin_1", "encodings.idna", "encodings.utf_16", "encodings.utf_32",
                "encodings.cp1252", "encodings.hex_codec", "encodings.rot_13", "encodings.unicode_escape",
                "encodings.raw_unicode_escape", "encodings.punycode", "traceback", "linecache", "locale",
                "_pydecimal", "stringprep")  # fmt: skip
"""What allowed modules import only when they are first used, when it is too late to open a file."""


class DeniedError(ImportError):
    """The tool asked for a module that tools may not have."""


def preload() -> None:
    """Import everything that tools may need, while files can still be opened."""
    for name in (*sorted(ALLOWED), *_ALSO_NEEDED):
        importlib.import_module(name)


def guarded_builtins() -> dict[str, Any]:
    """A fresh copy of the builtins, with an `__import__` that refuses what is not listed."""
    return {**vars(builtins), "__import__": guarded_import}


def guarded_import(
    name: str,
    globals_: Mapping[str, object] | None = None,
    locals_: Mapping[str, object] | None = None,
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    """`__import__` for tools.

    Raises:
        DeniedError: the module is not listed.
    """
    if level or not (name in ALLOWED or name.partition(".")[0] in ALLOWED - {"urllib"}):
        raise DeniedError(f"module {name!r} is not available to tools", name=name)
    return _import(name, globals_, locals_, fromlist, level)


def forget_the_rest() -> None:
    """Leave nothing that could find or load a further module."""
    sys.meta_path.clear()
    sys.path_hooks.clear()
    sys.path.clear()
    sys.path_importer_cache.clear()


_import = builtins.__import__
