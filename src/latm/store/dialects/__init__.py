"""The kinds of database that hold a tool cache: SQLite, PostgreSQL. No other module names one."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import URL, Connection, Float, Table, make_url
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from latm.errors import SettingsError
from latm.store.dialects.port import Changes, Dialect, damaged

__all__ = ["Changes", "Clock", "Dialect", "damaged", "insert_rows", "parse_url", "upsert"]


def parse_url(text: str) -> tuple[URL, Dialect]:
    """A database URL, and the kind of database that it names.

    Raises:
        SettingsError: the text is not a URL, or names a database that cannot be used.
    """
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise SettingsError(f"{text!r} is not a database URL.", hint=f"Try `sqlite:///{text}`.") from error
    match url.get_backend_name():
        case "sqlite":
            from latm.store.dialects import sqlite as own

            return url, own
        case "postgresql":
            return url.set(drivername="postgresql+psycopg"), _postgresql()
    raise SettingsError(
        f"{url.render_as_string()!r} is neither SQLite nor PostgreSQL.",
        hint="Set `store` to `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/DATABASE`.",
    )


def _postgresql() -> Dialect:
    try:
        from latm.store.dialects import postgresql as own
    except ImportError as error:
        raise SettingsError(
            f"PostgreSQL needs a package that is not installed: {error}.", hint="Run `pip install 'latm[postgresql]'`."
        ) from error
    return own


def upsert(connection: Connection, table: Table) -> SqliteInsert | PostgresqlInsert:
    """An insert with `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return SqliteInsert(table) if connection.dialect.name == "sqlite" else PostgresqlInsert(table)


def insert_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert many rows in the form that the database stores. Bypassing the column types takes a third of the time."""
    sign = "?" if connection.dialect.name == "sqlite" else "%s"
    values = ", ".join([sign] * len(columns))
    connection.exec_driver_sql(f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({values})", list(rows))  # noqa: S608  # our own names


class Clock(GenericFunction[float]):
    """Seconds since the epoch by the database's clock at this moment: hosts' clocks may differ, so all use this one."""

    type = Float()
    inherit_cache = True


@compiles(Clock, "sqlite")
def _clock_of_sqlite(*_: object, **__: object) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(Clock, "postgresql")
def _clock_of_postgresql(*_: object, **__: object) -> str:
    return "CAST(extract(epoch FROM statement_timestamp()) AS DOUBLE PRECISION)"
