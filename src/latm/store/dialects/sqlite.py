"""Everything specific to SQLite: connecting, transactions, and what its errors mean."""

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, func, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from latm.errors import StoreAwayError, StoreError, StoreFullError
from latm.store.dialects.port import WAIT_SECONDS, Changes, damaged

errors = sqlite3.Error
shared = False

_CODES_OF_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR_SHORT_READ}
_CODES_OF_FULL = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_IOERR_SHMOPEN,
}
_CODES_OF_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def connect(url: URL, turns: str = "") -> Engine:  # noqa: ARG001  # a file has one lock
    """An engine whose transactions wait for each other instead of failing.

    A transaction of `engine.execution_options(writing=True)` takes the write lock when it begins. One that reads first
    and locks later would fail if another writer came between.
    """
    options: dict[str, Any] = {}
    if url.database in (None, "", ":memory:"):
        # A database in memory exists only as long as its one connection, which all threads must therefore share.
        options = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}
    engine = create_engine(url, connect_args={"timeout": WAIT_SECONDS, "check_same_thread": False}, **options)
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: DBAPIConnection, _record: object) -> None:
    connection.isolation_level = None  # otherwise the driver begins transactions by its own rules, and too late
    connection.execute("PRAGMA foreign_keys = ON")
    # With write-ahead logging a killed process loses nothing that was committed. Only a machine that loses power may
    # lose the last moments, and even then the file is sound. Waiting for the disk at each commit costs milliseconds.
    connection.execute("PRAGMA synchronous = NORMAL")
    # What is deleted or changed is overwritten in the file, because forgetting what people asked must mean that.
    connection.execute("PRAGMA secure_delete = ON")


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


class ChangeCounter:
    """Tells cheaply whether anyone has written to the database, from SQLite's own change counter.

    SQLite compares with what one connection saw before, so that connection is kept apart from all reading and
    writing. A database in memory has no second connection: there the answer is always that it may have changed.

    Args:
        engine: connected.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._in_memory = engine.url.database in (None, "", ":memory:")
        self._asking = threading.Lock()
        self._connection: PoolProxiedConnection | None = None
        self._seen: int | None = None

    def has_changed(self) -> bool:
        """Whether anything was written since the last call; True the first time."""
        if self._in_memory:
            return True
        with self._asking:
            if self._connection is None:
                self._connection = self._engine.raw_connection()
                self._connection.detach()  # not part of the pool, which others wait for
            before, self._seen = self._seen, self._number(self._connection)
            return before != self._seen

    def close(self) -> None:
        """Close the kept connection."""
        with self._asking:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @staticmethod
    def _number(connection: PoolProxiedConnection) -> int:
        with closing(connection.cursor()) as cursor:
            cursor.execute("PRAGMA data_version")
            ((number,),) = cursor.fetchall()
        return int(number)


def where(url: URL) -> str:
    """The name of a database in messages."""
    return url.database or "the database in memory"


def changes(engine: Engine) -> Changes:
    """An object that tells whether anyone has written."""
    return ChangeCounter(engine)


def file(url: URL) -> Path | None:
    """The database's file; None for one in memory."""
    return None if url.database in (None, "", ":memory:") else Path(str(url.database))


def prepare(url: URL) -> None:
    """Create the folder of the database file, readable by its owner only.

    Raises:
        StoreError: such a folder is not possible, or the path itself is a folder.
        StoreFullError: the folder cannot be created.
    """
    if url.database in (None, "", ":memory:"):
        return
    path = Path(str(url.database))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise StoreError(f"{path.parent} is not a folder.", hint="Set `store` to another place.") from error
    except OSError as error:
        raise StoreFullError(
            f"The folder {path.parent} cannot be created: {error.strerror}.",
            hint="Make its parent writable, or set `store` to another place.",
        ) from error
    if path.is_dir():
        raise StoreError(f"{path} is a folder, not a database.", hint="Set `store` to a file in it.")


def refuse(connection: Connection, where: str) -> None:
    """Nothing: SQLite comes with Python, in a version that fits."""


def settle(engine: Engine) -> None:
    """Switch the file to write-ahead logging, so that readers never wait for the writer.

    SQLite refuses immediately while another process opens the same new file, so this tries again.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    connection = engine.raw_connection()
    try:
        while True:
            try:
                connection.cursor().execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return
    finally:
        connection.close()


def shrink(engine: Engine) -> None:
    """Empty the write-ahead log, which holds older pages, into the file. Readers may delay that."""
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def rewrite(engine: Engine) -> None:
    """Rewrite the file without its empty pages."""
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("VACUUM")
    finally:
        connection.close()
    shrink(engine)


def size(connection: Connection) -> int:
    """The bytes of the file, without its write-ahead log."""
    pages, each = (connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("page_count", "page_size"))
    return int(pages * each)


def find_damage(connection: Connection, *, wholly: bool = False) -> str:
    """The faults that a scan of the whole file finds; empty without any."""
    found = connection.exec_driver_sql(f"PRAGMA {'integrity' if wholly else 'quick'}_check(1)").scalar_one()
    return "" if found == "ok" else str(found)


def last_number(connection: Connection, table: Table) -> int:
    """The largest number on record if SQLite keeps one for the table, otherwise that of the existing rows."""
    (number,) = table.primary_key.columns
    last = connection.execute(select(func.coalesce(func.max(number), 0))).scalar_one()
    if table.dialect_options["sqlite"]["autoincrement"]:
        given = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?"
        last = max(last, connection.exec_driver_sql(given, (table.name,)).scalar_one())
    return int(last)


def number_after(connection: Connection, table: Table, last: int) -> None:
    """Keep the number on record if SQLite does; otherwise it follows from the existing rows."""
    if table.dialect_options["sqlite"]["autoincrement"]:
        connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
        connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table.name, last))


def explain(error: BaseException, where: str) -> StoreError:
    """The database's error as one of latm's, with a remedy."""
    code = getattr(error, "sqlite_errorcode", 0)
    codes = {code, code & 0xFF}
    if codes & _CODES_OF_DAMAGE:
        return damaged(where, str(error))
    if codes & _CODES_OF_FULL:
        return StoreFullError(
            f"Nothing more can be written to {where}: {error}.",
            hint="Free some space or make its folder writable; what was written before is safe.",
        )
    if codes & _CODES_OF_LOCKED:
        return StoreAwayError(
            f"Another process has kept {where} locked for {WAIT_SECONDS:.0f} seconds.", hint="End it, or try again."
        )
    return StoreError(f"The tool cache {where} failed: {error}.", hint="What was written before is safe.")
