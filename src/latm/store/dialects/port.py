"""What a kind of database must offer to hold a tool cache."""

from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, Connection, Engine, Table

from latm.errors import StoreCorruptError, StoreError

WAIT_SECONDS = 30.0
"""How long a writer waits for another one to finish."""


class Changes(Protocol):
    """Tells cheaply whether anyone has written to a database."""

    def has_changed(self) -> bool:
        """Whether anything may have been written since this was last asked; True the first time."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


class Dialect(Protocol):
    """One kind of database: connecting, transactions, and what its errors mean.

    Attributes:
        errors: what its driver raises where SQLAlchemy does not stand between.
        shared: whether other programs' tables may stand in the same database.
    """

    @property
    def errors(self) -> type[Exception]: ...  # noqa: D102  # told above

    @property
    def shared(self) -> bool: ...  # noqa: D102  # told above

    def where(self, url: URL) -> str:
        """What messages call a database; never with a password."""
        ...

    def file(self, url: URL) -> Path | None:
        """The database's file; None where it has none."""
        ...

    def prepare(self, url: URL) -> None:
        """Make room for the database, where it is this machine's to make.

        Raises:
            StoreError: there can be none.
        """
        ...

    def connect(self, url: URL, turns: str = "") -> Engine:
        """An engine whose writing transactions, those with `writing=True` in their options, are one at a time.

        Args:
            url: of the database.
            turns: whose turns they take: those of other engines with the same word; empty for the tool cache's.
        """
        ...

    def changes(self, engine: Engine) -> Changes:
        """What tells whether anyone has written."""
        ...

    def refuse(self, connection: Connection, where: str) -> None:
        """Refuse a database that cannot hold a tool cache, whatever is in it.

        Raises:
            StoreError: it is too old, or takes no writes.
        """
        ...

    def settle(self, engine: Engine) -> None:
        """Set up a database that is about to be migrated."""
        ...

    def shrink(self, engine: Engine) -> None:
        """Let what was deleted be gone from where it is kept."""
        ...

    def rewrite(self, engine: Engine) -> None:
        """Write all tables anew, without the room that deleted rows left; others wait meanwhile."""
        ...

    def size(self, connection: Connection) -> int:
        """The bytes that the tables take, with their indexes."""
        ...

    def find_damage(self, connection: Connection, *, wholly: bool = False) -> str:
        """What a scan finds wrong; empty where nothing is, or where the database sees to that itself.

        Args:
            connection: in a transaction.
            wholly: whether every index is held against its table, which takes longer.
        """
        ...

    def last_number(self, connection: Connection, table: Table) -> int:
        """The largest number that rows of a table were given, those that are gone included; 0 before the first."""
        ...

    def number_after(self, connection: Connection, table: Table, last: int) -> None:
        """Let rows that come be given larger numbers than this one."""
        ...

    def explain(self, error: BaseException, where: str) -> StoreError:
        """The database's error as one of ours, with what to do about it."""
        ...


def damaged(where: str, how: str) -> StoreCorruptError:
    """The error for what is no sound database of latm; nothing in it is touched."""
    return StoreCorruptError(
        f"{where} is no sound tool cache: {how}.",
        hint="It is left as it is: move it away and start afresh, or put a copy of it back.",
    )
