"""Opening the database, bringing it to the newest schema, and the two kinds of transaction."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine, inspect, select, text
from sqlalchemy.exc import StatementError

from latm.errors import StoreError, StoreNewerError
from latm.store.dialects import Clock, Dialect, damaged, parse_url
from latm.store.schema import metadata

SCHEMAS = ("latm_0001", "latm_0002", "latm_0003", "latm_0004", "latm_0005", "latm_0006")
"""The migrations in order; the last is the schema of this release. Known here, so that only migrating needs alembic."""
SCHEMA_TABLE = "latm_schema"
"""Where alembic keeps the schema's version; a name of its own, for a database shared with other programs."""


_IN_ONE_QUERY = 500
T = TypeVar("T")


def now() -> str:
    """The time as ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def in_parts(values: Iterable[T]) -> Iterator[list[T]]:
    """Values as many at a time as one query may name."""
    left = iter(values)
    while part := list(islice(left, _IN_ONE_QUERY)):
        yield part


class Database:
    """One open database at the newest schema.

    Args:
        engine: connected.
        dialect: what kind of database it is.
    """

    def __init__(self, engine: Engine, dialect: Dialect) -> None:
        self._engine = engine
        self._dialect = dialect
        self._where = dialect.where(engine.url)
        self._changes = dialect.changes(engine)

    @classmethod
    def open(cls, url: str) -> Self:
        """Create the folder and the database where they are missing, and migrate an older schema to the newest.

        Args:
            url: such as `sqlite:////home/me/latm.db`.

        Raises:
            SettingsError: the URL cannot be used.
            StoreCorruptError: the file is no database of latm, or is damaged; it is left as it is.
            StoreNewerError: a newer latm wrote it; it is left as it is.
            StoreFullError: the disk is full or the folder is read-only.
            StoreError: it cannot be opened for another reason.
        """
        parsed, dialect = parse_url(url)
        dialect.prepare(parsed)
        database = cls(dialect.connect(parsed), dialect)
        try:
            database._migrate()
        except BaseException:
            database.close()
            raise
        return database

    @property
    def address(self) -> str:
        """The database's URL, with three stars for a password."""
        return self._engine.url.render_as_string(hide_password=True)

    @property
    def file(self) -> Path | None:
        """The database's file; None where it is in memory or on a server."""
        return self._dialect.file(self._engine.url)

    def close(self) -> None:
        """Close every connection."""
        self._changes.close()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database throughout."""
        with self._explained(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is the only one to write; committed at the end, or undone as a whole."""
        with self._explained(), self._engine.execution_options(writing=True).begin() as connection:
            yield connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except StatementError as error:
            if isinstance(error.orig, StoreError):  # our own, from a column type
                raise error.orig from None
            raise self._dialect.explain(error.orig or error, self._where) from error
        except self._dialect.errors as error:
            raise self._dialect.explain(error, self._where) from error

    def clock(self) -> float:
        """Seconds since the epoch by the database's clock, by which all processes go."""
        with self.reading() as connection:
            return connection.execute(select(Clock())).scalar_one()

    def has_changed(self) -> bool:
        """Whether anything may have been written since this was last called; True the first time.

        It is cheap, for a poller to call often, and answers and counters count as well: `changes` says what changed.
        """
        with self._explained():
            return self._changes.has_changed()

    def _migrate(self) -> None:
        with self.reading() as connection:
            self._dialect.refuse(connection, self._where)
            found = self._schema_of(connection)
            if found == SCHEMAS[-1]:
                return
            self._refuse_damage(connection)
        with self._explained():
            self._dialect.settle(self._engine)
        with self.writing() as connection:
            # Another process may have migrated in between.
            if self._schema_of(connection) != SCHEMAS[-1]:
                with _without_chatter():
                    upgrade(connection)

    def _schema_of(self, connection: Connection) -> str | None:
        """The schema's version; None where the database is empty."""
        tables = inspect(connection).get_table_names()
        if not tables:
            return None
        if SCHEMA_TABLE not in tables:
            if self._dialect.shared and not metadata.tables.keys() & set(tables):
                return None
            raise damaged(self._where, "it is a database of another program")
        found: list[str] = list(connection.execute(text(f"SELECT version_num FROM {SCHEMA_TABLE}")).scalars())  # noqa: S608  # a constant
        if len(found) != 1:
            raise damaged(self._where, "its schema has no version")
        if found[0] not in SCHEMAS:
            raise StoreNewerError(
                f"{self._where} was written by a newer latm (schema {found[0]!r}; this one knows {SCHEMAS[-1]!r}).",
                hint="Upgrade latm, or set `store` to another place. The file is left as it is.",
            )
        return found[0]

    def _refuse_damage(self, connection: Connection) -> None:
        if damage := self._dialect.find_damage(connection):
            raise damaged(self._where, damage)


def upgrade(connection: Connection, to: str = "head") -> None:
    """Bring a database to a schema; the newest, unless a test wants an older one."""
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "latm.store:migrations")
    migrate: Callable[[Config, str], None] = command.upgrade
    migrate(config, to)


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Keep what alembic tells of its steps out of the log of whoever opens a tool cache."""
    logger = logging.getLogger("alembic")
    level = logger.level
    logger.setLevel(max(level, logging.WARNING))
    try:
        yield
    finally:
        logger.setLevel(level)
