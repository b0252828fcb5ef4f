"""Opening a database, migrating it to the newest schema, and the two kinds of transaction."""

import logging
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar, TypeVarTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    MetaData,
    Row,
    Select,
    String,
    Table,
    create_mock_engine,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import StatementError

from latm.errors import StoreError, StoreNewerError
from latm.store.dialects import Clock, Dialect, damaged, parse_url
from latm.store.schema import NUMBERED, coin, metadata, revision, scopes

if TYPE_CHECKING:
    from sqlalchemy.engine.mock import MockConnection

SCHEMAS = ("latm_0001", "latm_0002", "latm_0003", "latm_0004", "latm_0005", "latm_0006", "latm_0007", "latm_0007_1")
"""The migrations in order; the last is the schema of this release. Listed here, so that only migrating needs alembic.

A migration with a second number, such as `latm_0006_1`, only adds what programs of the first number can ignore:
tables, indexes, and columns that may be NULL or have a default. Such programs keep working beside newer ones.
"""
SCHEMA_TABLE = "latm_schema"
"""The table of the schema's version. The name is not alembic's default, so that other programs may share a database."""


_VERSION = text(f"SELECT version_num FROM {SCHEMA_TABLE}")  # noqa: S608  # a constant
_IN_ONE_QUERY = 500
T = TypeVar("T")
Columns = TypeVarTuple("Columns")


def now() -> str:
    """The time as ISO 8601, UTC."""
    return before(datetime.now(UTC))


def before(moment: datetime) -> str:
    """A moment in the form in which rows have theirs, to compare them with."""
    return moment.isoformat(timespec="milliseconds")


def in_parts(values: Iterable[T]) -> Iterator[list[T]]:
    """Values in portions that one query can name."""
    left = iter(values)
    while part := list(islice(left, _IN_ONE_QUERY)):
        yield part


def rows_of(
    connection: Connection, found: Select[*Columns], column: ColumnElement[Any], values: Iterable[Any]
) -> Iterator[Row[*Columns]]:
    """The rows of a query whose column has one of these values, however many values there are."""
    for part in in_parts(values):
        yield from connection.execute(found.where(column.in_(part))).all()


class Database:
    """One open database at the newest schema.

    Args:
        engine: connected.
        dialect: the kind of database.

    Attributes:
        found: the schema that it had before it was opened; None if it was empty.
    """

    def __init__(self, engine: Engine, dialect: Dialect) -> None:
        self.found: str | None = SCHEMAS[-1]
        self._engine = engine
        self._dialect = dialect
        self._where = dialect.where(engine.url)
        self._changes = dialect.changes(engine)

    @classmethod
    def open(cls, url: str) -> Self:
        """Create the folder and the database if they are missing, and migrate an older schema to the newest.

        Args:
            url: such as `sqlite:////home/me/latm.db`.

        Raises:
            SettingsError: the URL is not valid.
            StoreCorruptError: the file is not a database of latm, or is damaged; it is left as it is.
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
        """The database's file; None if it is in memory or on a server."""
        return self._dialect.file(self._engine.url)

    def close(self) -> None:
        """Close every connection."""
        self._changes.close()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database throughout."""
        with self._explained(), self._engine.begin() as connection:
            self._refuse_newer(connection)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The only transaction that writes. It is committed at the end or undone as a whole."""
        with self._changing() as connection:
            self._refuse_newer(connection)
            yield connection

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
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
        """Seconds since the epoch by the database's clock, which all processes use."""
        with self.reading() as connection:
            return connection.execute(select(Clock())).scalar_one()

    def clock_skew(self) -> float:
        """The seconds by which this machine's clock is at least ahead of the database's; negative if it is behind."""
        before = time.time()
        theirs = self.clock()
        return max(before - theirs, 0.0) + min(time.time() - theirs, 0.0)

    def has_changed(self) -> bool:
        """Whether anything may have been written since the last call; True the first time.

        This is cheap, so a poller may call it often. Answers and counters count too; `changes` says what changed.
        """
        with self._explained():
            return self._changes.has_changed()

    def schema(self, connection: Connection) -> str:
        """The database's schema now: that of this release, or one that a newer release has added to."""
        found: list[str] = list(connection.execute(_VERSION).scalars())
        if len(found) != 1:
            raise damaged(self._where, "its schema has no version")
        return found[0]

    def last_numbers(self, connection: Connection) -> dict[str, int]:
        """The largest number ever given to a row, by table; a task's number is never given twice."""
        return {table.name: self._dialect.last_number(connection, table) for table in NUMBERED}

    def go_on_after(self, connection: Connection, last: Mapping[str, int]) -> None:
        """Give new rows larger numbers than these."""
        for table in NUMBERED:
            self._dialect.number_after(connection, table, last[table.name])

    def find_damage(self) -> str:
        """The faults that a scan of every page and index finds; empty without any."""
        with self.reading() as connection:
            return self._dialect.find_damage(connection, wholly=True)

    def compact(self) -> tuple[int, int]:
        """Rewrite every table without the space of deleted rows. Return the bytes before and after."""
        with self.reading() as connection:
            before = self._dialect.size(connection)
        with self._explained():
            self._dialect.rewrite(self._engine)
        with self.reading() as connection:
            return before, self._dialect.size(connection)

    def _migrate(self) -> None:
        with self._explained(), self._engine.begin() as connection:
            self._dialect.refuse(connection, self._where)
            found = self._schema_of(connection)
            if found is not None and _serves(found):
                return
            if damage := self._dialect.find_damage(connection):
                raise damaged(self._where, damage)
        with self._explained():
            self._dialect.settle(self._engine)
        with self._changing() as connection:
            self.found = self._schema_of(connection)  # another process may have migrated meanwhile
            if self.found is None:
                create(connection)
            elif not _serves(self.found):
                with _without_chatter():
                    upgrade(connection)

    def _schema_of(self, connection: Connection) -> str | None:
        """The schema's version; None if the database is empty."""
        tables = inspect(connection).get_table_names()
        if not tables:
            return None
        if SCHEMA_TABLE not in tables:
            if self._dialect.shared and not metadata.tables.keys() & set(tables):
                return None
            raise damaged(self._where, "it is a database of another program")
        found = self.schema(connection)
        if found not in SCHEMAS and not _serves(found):
            raise self._newer(found)
        return found

    def _refuse_newer(self, connection: Connection) -> None:
        """Refuse a database that a newer latm has migrated since it was opened."""
        found = self.schema(connection)
        if not _serves(found):
            raise self._newer(found)

    def _newer(self, found: str) -> StoreNewerError:
        return StoreNewerError(
            f"{self._where} was written by a newer latm (schema {found!r}; this one knows {SCHEMAS[-1]!r}).",
            hint="Upgrade latm, or set `store` to another place. The database is left as it is.",
        )


def _serves(schema: str) -> bool:
    """Whether this release can work with a schema as it is: its own, or one that only adds to it."""
    own = SCHEMAS[-1].split("_")
    return schema == SCHEMAS[-1] or (schema not in SCHEMAS and schema.split("_")[:2] == own[:2])


_version = Table(SCHEMA_TABLE, MetaData(), Column("version_num", String(32), primary_key=True))


@cache
def _newest(dialect: str) -> Sequence[str]:
    """The statements that create the newest schema, which take SQLAlchemy longer to write than SQLite to carry out."""
    written: list[str] = []
    engine: MockConnection = create_mock_engine(
        f"{dialect}://", lambda told, *_, **__: written.append(str(told.compile(engine)))
    )
    _version.create(engine, checkfirst=False)
    metadata.create_all(engine, checkfirst=False)
    return written


def create(connection: Connection) -> None:
    """Give an empty database the newest schema directly, which is a tenth of the work of all migrations."""
    for statement in _newest(connection.dialect.name):
        connection.exec_driver_sql(statement)
    connection.execute(insert(_version).values(version_num=SCHEMAS[-1]))
    connection.execute(insert(revision).values(id=1, number=1))
    connection.execute(insert(scopes).values(digest="", project="", instructions="", form=""))
    connection.execute(insert(coin).values(id=1, secret=secrets.token_hex(32)))


def upgrade(connection: Connection, to: str = "head") -> None:
    """Migrate a database to a schema: the newest, unless a test wants an older one."""
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "latm.store:migrations")
    migrate: Callable[[Config, str], None] = command.upgrade
    migrate(config, to)


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Keep alembic's reports of its steps out of the caller's log."""
    logger = logging.getLogger("alembic")
    level = logger.level
    logger.setLevel(max(level, logging.WARNING))
    try:
        yield
    finally:
        logger.setLevel(level)
