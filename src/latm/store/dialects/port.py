"""What a kind of database must provide to hold a tool cache."""

from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, Connection, Engine, Table

from latm.errors import StoreCorruptError, StoreError

WAIT_SECONDS = 30.0
"""How long a writer waits for another writer to finish."""


class Changes(Protocol):
    """Tells cheaply whether anyone has written to a database."""

    def has_changed(self) -> bool:
        """Whether anything may have been written since the last call; True the first time."""
        ...

    def close(self) -> None:
        """Release its resources."""
        ...


class Dialect(Protocol):
    """One kind of database: connecting, transactions, and what its errors mean.

    Attributes:
        errors: what its driver raises if SQLAlchemy does not wrap it.
        shared: whether other programs may have tables in the same database.
    """

    @property
    def errors(self) -> type[Exception]: ...  # noqa: D102  # documented above

    @property
    def shared(self) -> bool: ...  # noqa: D102  # documented above

    def where(self, url: URL) -> str:
        """The name of a database in messages, never with a password."""
        ...

    def file(self, url: URL) -> Path | None:
        """The database's file; None if it has none."""
        ...

    def prepare(self, url: URL) -> None:
        """Create the place of the database, if that is for this machine to do.

        Raises:
            StoreError: it cannot be created.
        """
        ...

    def connect(self, url: URL, turns: str = "") -> Engine:
        """An engine that runs its writing transactions, those with the option `writing=True`, one at a time.

        Args:
            url: the URL of the database.
            turns: they take turns with those of other engines with the same word; empty for the tool cache's.
        """
        ...

    def changes(self, engine: Engine) -> Changes:
        """An object that tells whether anyone has written."""
        ...

    def refuse(self, connection: Connection, where: str) -> None:
        """Refuse a database that cannot hold a tool cache, whatever its content.

        Raises:
            StoreError: it is too old, does not accept writes, or cannot hold every text.
        """
        ...

    def settle(self, engine: Engine) -> None:
        """Prepare a database for a migration."""
        ...

    def shrink(self, engine: Engine) -> None:
        """Remove deleted data from the storage."""
        ...

    def rewrite(self, engine: Engine) -> None:
        """Rewrite all tables without the space of deleted rows. Others wait meanwhile."""
        ...

    def size(self, connection: Connection) -> int:
        """The bytes of the tables with their indexes."""
        ...

    def find_damage(self, connection: Connection, *, wholly: bool = False) -> str:
        """The faults that a scan finds; empty without any, or if the database checks itself.

        Args:
            connection: in a transaction.
            wholly: whether to compare every index with its table, which takes longer.
        """
        ...

    def last_number(self, connection: Connection, table: Table) -> int:
        """The largest number ever given to a row of a table, including deleted ones; 0 before the first."""
        ...

    def number_after(self, connection: Connection, table: Table, last: int) -> None:
        """Give new rows larger numbers than this one."""
        ...

    def explain(self, error: BaseException, where: str) -> StoreError:
        """The database's error as one of latm's, with a remedy."""
        ...


def damaged(where: str, how: str) -> StoreCorruptError:
    """The error for a database that is damaged or not latm's. Nothing in it is changed."""
    return StoreCorruptError(
        f"{where} is not a sound tool cache: {how}.",
        hint="It is left as it is: move it away and start with a new one, or restore a backup.",
    )
