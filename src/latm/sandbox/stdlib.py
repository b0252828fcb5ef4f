"""The part of the standard library that tools may import, and the guard that refuses the rest."""

import builtins
import contextlib
import importlib
import io
import os
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

ALLOWED = frozenset(
    """
    __future__ abc array ast base64 binascii bisect calendar cmath collections colorsys contextlib copy csv dataclasses
    datetime decimal difflib enum fractions functools graphlib hashlib heapq hmac html io ipaddress itertools json
    keyword math numbers operator pprint queue random re reprlib secrets shlex statistics string struct sys textwrap
    time traceback types typing unicodedata urllib urllib.parse warnings weakref zlib zoneinfo
    """.split()  # noqa: SIM905  # sixty names are easier to read as text
)
"""Modules, with those parts of packages that are preloaded."""

_ALSO_NEEDED = (
    *("_strptime", "collections.abc", "html.parser", "html.entities", "json.decoder", "json.encoder", "linecache"),
    *("atexit", "locale", "stringprep"),
    *(
        f"encodings.{name}"
        for name in """
        ascii base64_codec cp1250 cp1251 cp1252 cp437 hex_codec idna iso8859_1 iso8859_15 latin_1 punycode
        raw_unicode_escape rot_13 unicode_escape utf_16 utf_16_be utf_16_le utf_32 utf_7 utf_8_sig
        """.split()  # noqa: SIM905  # as above
    ),
)
"""What allowed modules import only when they are first used, when it is too late to open a file."""

_FOR_C = frozenset({"_strptime", "copyreg"})
"""What the interpreter's C code imports in the name of the function that calls it, so as if the tool did."""

_IN_SOME_VERSIONS = ("_pydecimal", "_md5", "_sha1", "_sha2", "_sha3", "_suggestions", "tracemalloc")

_OF_THE_BUILD = ("sysconfig", "_sysconfigdata", "platform")
"""What knows where and how the interpreter was built, and on which machine; `zoneinfo` brings it."""


class DeniedError(ImportError):
    """The tool asked for a module that tools may not have."""


def preload() -> None:
    """Import everything that tools may need, while files can still be opened."""
    _import_threading()
    for name in (*sorted(ALLOWED), *_ALSO_NEEDED):
        importlib.import_module(name)
    for name in _IN_SOME_VERSIONS:
        with contextlib.suppress(ModuleNotFoundError):  # then this version does not ask for it either
            importlib.import_module(name)


def _import_threading() -> None:
    """Import it without what it does after each fork: none of our processes has a second thread to clear away.

    That work would be a tenth of the time that a clean worker takes.
    """
    register = getattr(os, "register_at_fork", None)
    if register is None:  # WebAssembly, where nothing forks
        return
    os.register_at_fork = lambda **_: None
    try:
        importlib.import_module("threading")
    finally:
        os.register_at_fork = register


def forget_the_rest() -> None:
    """Leave nothing that could find or load a further module."""
    sys.meta_path.clear()
    sys.path_hooks.clear()
    sys.path.clear()
    sys.path_importer_cache.clear()


def forget_paths() -> None:
    """Forget from where the interpreter and its modules were loaded."""
    sys.argv, sys.orig_argv = [""], [""]
    for name in (
        "executable",
        "_base_executable",
        "prefix",
        "exec_prefix",
        "base_prefix",
        "base_exec_prefix",
        "_stdlib_dir",
    ):
        setattr(sys, name, "")
    for name in [name for name in sys.modules if name.startswith(_OF_THE_BUILD)]:
        vars(sys.modules.pop(name)).clear()
    for module in list(sys.modules.values()):
        for name in ("__file__", "__cached__", "__path__"):
            if hasattr(module, name):
                setattr(module, name, [] if name == "__path__" else "")
        if (spec := getattr(module, "__spec__", None)) is not None:
            spec.origin, spec.submodule_search_locations = None, spec.submodule_search_locations and []
            spec.loader = None
        module.__loader__ = None


def hush() -> None:
    """Make standard input empty, and discard what tools print."""
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(), _Nowhere(), _Nowhere()


class _Nowhere(io.TextIOBase):
    def write(self, text: str, /) -> int:
        return len(text)


def guarded_builtins(imported: set[str]) -> dict[str, Any]:
    """A copy of the builtins with an `__import__` that refuses what is not listed.

    Args:
        imported: takes the names of the modules that the tool imports.
    """

    def guarded_import(
        name: str,
        globals_: Mapping[str, object] | None = None,
        locals_: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        listed = name.partition(".")[0] in ALLOWED or name in _FOR_C
        if level or not listed or name not in sys.modules:
            raise _denied(name)
        module = _import(name, globals_, locals_, fromlist)
        imported.add(name)
        if missing := [part for part in fromlist or () if _is_package(module) and not hasattr(module, part)]:
            raise _denied(f"{name}.{missing[0]}")
        return module

    return {**vars(builtins), "__import__": guarded_import}


def _denied(name: str) -> DeniedError:
    return DeniedError(f"module {name!r} is not available to tools", name=name)


def _is_package(module: ModuleType) -> bool:
    return hasattr(module, "__path__")


_import = builtins.__import__
