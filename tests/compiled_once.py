"""Statements that every engine of a process compiles once. Tests open a store each, and would compile them all anew."""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine.interfaces import Dialect

Key = tuple[Dialect, Any]


class _Shared(dict[Any, Any]):
    """Finds what was compiled by the kind of database, where SQLAlchemy looks for one engine's own."""

    def get(self, key: Key, default: Any = None) -> Any:
        return super().get((type(key[0]), *key[1:]), default)

    def __setitem__(self, key: Key, value: Any) -> None:
        super().__setitem__((type(key[0]), *key[1:]), value)


def share() -> None:
    """From now on engines find what another engine of this process compiled."""
    shared = _Shared()
    build = Engine.__init__

    def build_sharing(engine: Engine, *arguments: Any, **options: Any) -> None:
        build(engine, *arguments, **options)
        engine._compiled_cache = shared

    Engine.__init__ = build_sharing  # type: ignore[assignment, method-assign]  # it takes what it took
