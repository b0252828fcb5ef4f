"""Opening: new, full, damaged, foreign and newer databases, alone and all at once."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, select

from latm.answer import Answer, Route
from latm.errors import LatmError, SettingsError, StoreCorruptError, StoreError, StoreFullError, StoreNewerError
from latm.store import Batch, ToolCache, database
from latm.store.dialects import parse_url
from latm.store.schema import metadata
from latm.task import Example

NOBODY = 65534


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without root's right to write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter; pytest's own are for their owner only."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def fill(url: str) -> None:
    with ToolCache.open(url) as cache:
        cache.add_examples("sorting", [Example(f"question {number}", "a") for number in range(500)])


def record_one(url: str) -> None:
    with ToolCache.open(url) as cache:
        cache.record(Batch([Answer("q", "a", Route.DIRECT)]))


def rewrite(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_a_new_cache_makes_its_folder_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "share" / "latm" / "latm.db"
    with ToolCache.open(f"sqlite:///{path}") as cache:
        assert cache.tasks() == []
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_what_was_kept_is_there_when_it_is_opened_again(url: str) -> None:
    fill(url)
    with ToolCache.open(url) as cache:
        assert len(cache.task("sorting").examples) == 500


def test_closing_leaves_one_file(url: str, path: Path) -> None:
    fill(url)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@contextmanager
def migrated(url: str) -> Iterator[Connection]:
    """A database that went through every migration, as older ones have."""
    parsed, dialect = parse_url(url)
    engine = dialect.connect(parsed)
    with engine.execution_options(writing=True).begin() as connection:
        database.upgrade(connection)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_the_migrations_lead_to_the_tables_of_the_schema(url: str) -> None:
    options = {"version_table": database.SCHEMA_TABLE, "compare_server_default": True}
    with migrated(url) as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


def rows(connection: Connection) -> dict[str, list[object]]:
    """What stands in every table, but for the secret of the coin."""
    columns = {table: [column for column in table.c if column.name != "secret"] for table in metadata.sorted_tables}
    return {table.name: list(connection.execute(select(*chosen))) for table, chosen in columns.items()}


def test_a_new_database_is_like_one_that_went_through_every_migration(
    url: str, another_url: str, database: str
) -> None:
    with ToolCache.open(url) as cache, cache.reading() as new, migrated(another_url) as old:
        assert rows(new) == rows(old)
        assert cache.schema(new) == cache.schema(old)
        assert cache.last_numbers(new) == cache.last_numbers(old)
        if database == "sqlite":
            assert describe(new.connection.dbapi_connection) == describe(old.connection.dbapi_connection)


def describe(connection: object) -> dict[str, list[object]]:
    """Columns, indexes and foreign keys of every table, as SQLite sees them."""
    assert isinstance(connection, sqlite3.Connection)
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
    return {
        name: [
            connection.execute(f"PRAGMA table_info({name})").fetchall(),
            # The order in which a table's indexes and foreign keys were made says nothing.
            sorted(row[1:] for row in connection.execute(f"PRAGMA index_list({name})")),
            sorted(row[2:] for row in connection.execute(f"PRAGMA foreign_key_list({name})")),
        ]
        for name in names
    }


def test_the_schemas_known_are_the_migrations_shipped() -> None:
    config = Config()
    config.set_main_option("script_location", "latm.store:migrations")
    shipped = ScriptDirectory.from_config(config).walk_revisions()
    assert tuple(script.revision for script in shipped)[::-1] == database.SCHEMAS


def test_several_processes_may_open_a_new_cache_at_once(url: str, start: Callable[..., subprocess.Popen[str]]) -> None:
    processes = [start("open_new.py", url, f"task-{number}") for number in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.communicate("go\n", timeout=60)
        assert process.returncode == 0
    with ToolCache.open(url) as cache:
        assert {task.name for task in cache.tasks()} == {f"task-{number}" for number in range(4)}


def make_text(path: Path) -> None:
    path.write_text("question,answer\n" * 1000)


def make_short_text(path: Path) -> None:
    path.write_text("notes")


def make_foreign(path: Path) -> None:
    rewrite(path, "CREATE TABLE bookmarks (url TEXT)")


def make_unversioned(path: Path) -> None:
    fill(f"sqlite:///{path}")
    rewrite(path, "DELETE FROM latm_schema")


def make_truncated(path: Path) -> None:
    fill(f"sqlite:///{path}")
    os.truncate(path, path.stat().st_size // 2)


def make_cut_short(path: Path) -> None:
    fill(f"sqlite:///{path}")
    os.truncate(path, 50)


def make_overwritten_at_its_head(path: Path) -> None:
    fill(f"sqlite:///{path}")
    with path.open("r+b") as file:
        file.write(b"\xff" * 4096)


def make_newer(path: Path) -> None:
    fill(f"sqlite:///{path}")
    rewrite(path, "UPDATE latm_schema SET version_num = 'latm_9999'")


@pytest.mark.parametrize(
    ("spoil", "error", "says"),
    [
        (make_text, StoreCorruptError, "file is not a database"),
        (make_short_text, StoreCorruptError, "file is not a database"),
        (make_foreign, StoreCorruptError, "a database of another program"),
        (make_unversioned, StoreCorruptError, "its schema has no version"),
        (make_truncated, StoreCorruptError, "malformed"),
        (make_cut_short, StoreCorruptError, "malformed"),
        (make_overwritten_at_its_head, StoreCorruptError, "not a database"),
        (make_newer, StoreNewerError, "'latm_9999'"),
    ],
)
def test_a_file_that_is_no_sound_cache_of_ours_is_refused_and_left_as_it_is(
    url: str, path: Path, spoil: Callable[[Path], None], error: type[LatmError], says: str
) -> None:
    spoil(path)
    before = path.read_bytes()
    with pytest.raises(error, match=says) as caught:
        ToolCache.open(url)
    assert str(path) in caught.value.message
    assert caught.value.hint
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_an_older_cache_that_is_damaged_is_not_migrated(url: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(url)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size - 8192)
        file.write(b"\xff" * 8192)
    before = path.read_bytes()
    monkeypatch.setattr(database, "SCHEMAS", (*database.SCHEMAS, "latm_9999"))
    with pytest.raises(StoreCorruptError):
        ToolCache.open(url)
    assert path.read_bytes() == before


def test_damage_that_shows_only_later_is_told_as_damage(url: str, path: Path) -> None:
    fill(url)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size - size // 2))
    with ToolCache.open(url) as cache, pytest.raises(StoreCorruptError, match=str(path)):
        cache.tasks()


def test_a_new_database_that_fails_half_way_leaves_no_trace(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("killed half-way")

    with monkeypatch.context() as patch:
        patch.setattr("secrets.token_hex", fail)  # the last step
        with pytest.raises(RuntimeError):
            ToolCache.open(url)
    with ToolCache.open(url) as cache:
        assert cache.tasks() == []


@pytest.mark.parametrize("wrong", ["latm.db", "", "mysql://x"])
def test_a_url_that_cannot_be_used_is_a_setting_to_correct(wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"is no|is neither") as caught:
        ToolCache.open(wrong)
    assert "sqlite:///" in caught.value.hint


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder, not a database"):
        ToolCache.open(f"sqlite:///{tmp_path}")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="file is not a folder"):
        ToolCache.open(f"sqlite:///{tmp_path}/file/latm.db")


@pytest.mark.parametrize("below", ["latm.db", "share/latm/latm.db"])
def test_nothing_new_is_made_in_a_read_only_folder(open_folder: Path, below: str) -> None:
    open_folder.chmod(0o555)
    with as_nobody(), pytest.raises(StoreFullError, match=str(open_folder)) as caught:
        ToolCache.open(f"sqlite:///{open_folder}/{below}")
    assert "writable" in caught.value.hint


def test_a_cache_that_may_not_be_written_says_so_and_stays_whole(open_folder: Path) -> None:
    url = f"sqlite:///{open_folder}/latm.db"
    fill(url)
    (open_folder / "latm.db").chmod(0o444)
    open_folder.chmod(0o555)
    with as_nobody(), pytest.raises(StoreFullError, match=r"latm\.db"):
        record_one(url)
    with ToolCache.open(url) as cache:
        assert len(cache.task("sorting").examples) == 500
