"""Everything specific to PostgreSQL: connecting, transactions, and what its errors mean."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import psycopg
from sqlalchemy import URL, Connection, Engine, Table, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from latm.errors import StoreAwayError, StoreError, StoreFullError
from latm.store.dialects.port import WAIT_SECONDS, Changes
from latm.store.schema import metadata

if TYPE_CHECKING:
    from sqlalchemy.pool import PoolProxiedConnection

errors = psycopg.Error
shared = True

_LOCK = 0x6C61746D  # "latm"
"""The advisory lock of the tool cache's writer; other turns have the numbers after it."""
_TURN = (
    f"SELECT set_config('lock_timeout', '{int(1000 * WAIT_SECONDS)}', true), "
    f"set_config('idle_in_transaction_session_timeout', '{int(2000 * WAIT_SECONDS)}', true), "
    "pg_advisory_xact_lock({})"
)
"""Waits for the turn, and bounds how long a host that vanishes in the middle of a transaction delays all others."""
_CHANNEL = "latm_written"
_POOL = 8
_POLL_SECONDS = 0.5
"""How long a change may stay unseen if its notification is lost, such as behind a connection pooler."""
_CONNECTION = {
    "application_name": "latm",
    "connect_timeout": 10,
    "client_encoding": "utf8",
    # If a host vanishes, such as after a power failure, whatever waits for it learns that within a minute.
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 40_000,
    # Nothing here outlives its transaction, so a pooler may give each transaction a different connection.
    "prepare_threshold": None,
}
_OLDEST = (14,)

_CLASSES_OF_AWAY = {"08", "57"}
_CLASSES_OF_RIGHTS = {"28", "42501", "25006"}
_CLASSES_OF_FULL = {"53"}


def where(url: URL) -> str:
    """The name of a database in messages, never with its password."""
    return url.set(drivername="postgresql").render_as_string(hide_password=True)


def file(url: URL) -> Path | None:  # noqa: ARG001  # the port's signature
    """None: the database is on a server."""
    return None


def prepare(url: URL) -> None:
    """Nothing: the server creates its databases."""


def connect(url: URL, turns: str = "") -> Engine:
    """An engine whose writing transactions take turns, on every machine, by an advisory lock.

    So a writing transaction sees everything written before it, and revisions grow in the order of commits. A
    reading transaction sees one state throughout.
    """
    engine = create_engine(
        url,
        pool_size=_POOL,
        pool_pre_ping=True,  # a restarted server has closed the pool's connections
        connect_args=_CONNECTION,
    )
    event.listen(engine, "begin", partial(_begin, crc32(turns.encode())))
    if not turns:
        event.listen(engine, "commit", _tell)
    return engine


def _begin(turns: int, connection: Connection) -> None:
    if connection.get_execution_options().get("writing", False):
        connection.exec_driver_sql(_TURN.format(_LOCK + turns))
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _tell(connection: Connection) -> None:
    # Sent within the transaction: nobody hears of a change before it can be read, or of one that is undone.
    if connection.get_execution_options().get("writing", False):
        connection.exec_driver_sql(f"NOTIFY {_CHANNEL}")


class Listener:
    """Hears of others' writing over a separate connection. If that is lost, it checks now and then.

    Args:
        engine: connected.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._listening = threading.Lock()
        self._connection: PoolProxiedConnection | None = None
        self._looked = 0.0

    def has_changed(self) -> bool:
        """Whether anything may have been written since the last call; True the first time.

        It is also True each half second: a notification may be lost on its way.
        """
        with self._listening:
            heard = self._heard()
            due = time.monotonic() - self._looked >= _POLL_SECONDS
            if heard or due:
                self._looked = time.monotonic()
            return heard or due

    def close(self) -> None:
        """Stop listening."""
        with self._listening:
            self._hang_up()

    def _heard(self) -> bool:
        if self._connection is None:
            self._call()
            return True
        driver = self._connection.dbapi_connection
        try:
            return any(driver.notifies(timeout=0))  # type: ignore[union-attr]  # it is psycopg's
        except psycopg.Error:
            self._hang_up()
            raise

    def _call(self) -> None:
        with _plainly():
            connection = self._engine.raw_connection()
        connection.detach()  # not part of the pool, which others wait for
        driver = connection.dbapi_connection
        driver.autocommit = True  # type: ignore[union-attr]  # it is psycopg's
        driver.execute(f"LISTEN {_CHANNEL}")  # type: ignore[union-attr]  # it is psycopg's
        self._connection = connection

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.dbapi_connection.close()  # type: ignore[union-attr]  # it is psycopg's
            connection.invalidate()  # otherwise the pool would try to end a transaction on it and report an error


@contextmanager
def _plainly() -> Iterator[None]:
    """Raise the driver's own error, for `explain`."""
    try:
        yield
    except SQLAlchemyError as error:
        origin = getattr(error, "orig", None)
        raise (origin or error) from error


def changes(engine: Engine) -> Changes:
    """An object that tells whether anyone has written."""
    return Listener(engine)


def refuse(connection: Connection, where: str) -> None:
    """Refuse a server that cannot hold a tool cache.

    Raises:
        StoreError: it is too old, does not accept writes, or cannot hold every text.
    """
    version = connection.dialect.server_version_info or _OLDEST
    if version < _OLDEST:
        raise StoreError(
            f"{where} is on PostgreSQL {'.'.join(map(str, version))}, and latm needs {_OLDEST[0]} or newer.",
            hint="Upgrade the server, or set `store` to another one.",
        )
    if connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar_one():
        raise StoreError(
            f"{where} is a read-only replica.",
            hint="Name the primary in `store`, or all hosts followed by `?target_session_attrs=read-write`.",
        )
    if connection.exec_driver_sql("SELECT current_setting('default_transaction_read_only')").scalar_one() == "on":
        raise StoreError(
            f"{where} does not accept writes: default_transaction_read_only is on.",
            hint="Name a server that accepts writes in `store`, or set that to off for this database and user.",
        )
    encoding = connection.exec_driver_sql("SELECT current_setting('server_encoding')").scalar_one()
    if encoding != "UTF8":
        raise StoreError(
            f"{where} has the encoding {encoding}, which cannot hold every text.",
            hint="Create a database with `createdb --encoding UTF8 --template template0 NAME`, and set `store` to it.",
        )


def settle(engine: Engine) -> None:
    """Nothing: readers never wait for writers."""


def shrink(engine: Engine) -> None:
    """Nothing: the server's own vacuum overwrites deleted data in time."""


def rewrite(engine: Engine) -> None:
    """Rewrite each table. Whoever uses a table meanwhile waits for it."""
    connection = engine.raw_connection()
    connection.detach()  # the pool's connections do not autocommit
    try:
        connection.dbapi_connection.autocommit = True  # type: ignore[union-attr]  # it is psycopg's
        for name in metadata.tables:
            connection.cursor().execute(f"VACUUM (FULL, ANALYZE) {name}")
    finally:
        connection.close()


def size(connection: Connection) -> int:
    """The bytes of all tables of latm, with what PostgreSQL stores beside them."""
    each = "SELECT coalesce(sum(pg_total_relation_size(to_regclass(name))), 0) FROM unnest(%s::text[]) AS name"
    return int(connection.exec_driver_sql(each, ([*metadata.tables],)).scalar_one())


def find_damage(connection: Connection, *, wholly: bool = False) -> str:  # noqa: ARG001  # the port's signature
    """Nothing: the server keeps its own checksums."""
    return ""


def last_number(connection: Connection, table: Table) -> int:
    """The last number that the table's sequence gave."""
    name = connection.exec_driver_sql(f"SELECT {_sequence(table)}").scalar_one()
    last, given = connection.exec_driver_sql(f"SELECT last_value, is_called FROM {name}").one()  # noqa: S608  # the server's
    return int(last) if given else int(last) - 1


def number_after(connection: Connection, table: Table, last: int) -> None:
    """Set the table's sequence."""
    connection.exec_driver_sql(f"SELECT setval({_sequence(table)}, %s, %s)", (max(last, 1), last > 0))


def _sequence(table: Table) -> str:
    (number,) = table.primary_key.columns
    return f"pg_get_serial_sequence('{table.name}', '{number.name}')"


def explain(error: BaseException, where: str) -> StoreError:
    """The database's error as one of latm's, with a remedy."""
    said = " ".join(str(error).split())
    state = getattr(error, "sqlstate", None) or ""
    kinds = {state, state[:2]}
    if kinds & _CLASSES_OF_FULL:
        return StoreFullError(
            f"Nothing more can be written to {where}: {said}",
            hint="Free some of what the server has run out of; what was written before is safe.",
        )
    if kinds & _CLASSES_OF_RIGHTS:
        return StoreError(
            f"{where} cannot be used: {said}",
            hint="Check user and password; the user must own the database or may create tables in it, and the server "
            "must accept writes.",
        )
    if state == "3D000":
        return StoreError(f"There is no {where}: {said}", hint="Create the database, or correct its name in `store`.")
    if state == "55P03":
        return StoreAwayError(
            f"Another process has kept {where} locked for {WAIT_SECONDS:.0f} seconds.", hint="End it, or try again."
        )
    if not state or kinds & _CLASSES_OF_AWAY:
        return StoreAwayError(
            f"{where} cannot be reached: {said}", hint="Check the address, and that the server runs; then try again."
        )
    return StoreError(f"The tool cache {where} failed: {said}", hint="What was written before is safe.")
