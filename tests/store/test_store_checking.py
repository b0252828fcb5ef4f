"""Looking a tool cache over finds what is wrong with it, and nothing else."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from filling import fill, source
from sqlalchemy import text

from latm.answer import Answer, Route
from latm.store import Batch, Selection, ToolCache
from latm.store.checking import check
from latm.store.schema import metadata
from latm.task import Example
from latm.tool import Program

PROGRAM = Program(source(1)).id


@pytest.fixture
def filled(url: str) -> Iterator[ToolCache]:
    with ToolCache.open(url) as cache:
        with cache.writing() as connection:
            fill(connection)
        yield cache


def spoil(cache: ToolCache, *statements: str) -> None:
    with cache.writing() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_a_sound_cache_has_no_finding(filled: ToolCache) -> None:
    assert check(filled) == []


FAULTS = {
    "a program that was changed": (
        f"UPDATE programs SET source = source || ' ' WHERE id = '{PROGRAM}'",  # noqa: S608  # a digest
        [("programs", f"{PROGRAM}: its id is not the digest of its source")],
    ),
    "several rows with one fault": (
        "UPDATE examples SET question_key = id",
        [("examples", "1 and 7 more: its key is not that of its question")],
    ),
    "text that is no data": (
        "UPDATE versions SET demonstrations = '[[' WHERE task_id = 2",
        [("versions", "2 1: its demonstrations cannot be read")],
    ),
    "a price that is no number": (
        "UPDATE answers SET cost = 'free' WHERE row = 3",
        [("answers", "3: its cost cannot be read")],
    ),
    "what is said of no version": (
        "UPDATE certificates SET version = 9 WHERE task_id = 4",
        [("certificates", "4 9: it is of a version that its task does not have")],
    ),
    "a status that events do not give": (
        "UPDATE tasks SET status = 'collecting' WHERE id = 2",
        [("tasks", "'task 1 ': its status is collecting, and a version of it serves")],
    ),
    "a lost secret": ("DELETE FROM coin", [("coin", "there are 0 rows instead of one")]),
    "a task of a revision to come": (
        "UPDATE tasks SET revision = 100 WHERE id = 3",
        [("tasks", "3: its revision is still to come")],
    ),
    "a scope by another name": (
        "UPDATE scopes SET model = 'other' WHERE digest = ''",
        [("scopes", ": its digest is not that of its texts")],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_is_found_and_named(filled: ToolCache, fault: str) -> None:
    statement, expected = FAULTS[fault]
    spoil(filled, statement)
    assert [(one.table, one.said) for one in check(filled)] == expected


def test_rows_that_refer_to_nothing_are_found(url: str, path: Path) -> None:
    """Only a hand that switches the keys off leaves such rows."""
    with ToolCache.open(url) as cache:
        with cache.writing() as connection:
            fill(connection)
        raw = cache._engine.raw_connection()
        raw.cursor().execute("PRAGMA foreign_keys = OFF")
        raw.cursor().execute(f"DELETE FROM programs WHERE id = '{PROGRAM}'")  # noqa: S608  # a digest
        raw.cursor().execute("DELETE FROM tasks WHERE id IN (3, 4)")
        raw.close()
        assert {(one.table, one.said) for one in check(cache)} == {
            ("examples", "3 and 1 more: its task_id is not in tasks"),
            ("versions", "3 1 and 1 more: its task_id is not in tasks"),
            ("versions", "2 1: its program is not in programs"),
        }
    assert path.exists()


@pytest.mark.parametrize("table", sorted(metadata.tables))
def test_damage_of_the_file_is_found_wherever_it_is(url: str, path: Path, table: str) -> None:
    with ToolCache.open(url) as cache, cache.writing() as connection:
        fill(connection)
    with closing(sqlite3.connect(path)) as raw:
        ((page, size),) = raw.execute(
            "SELECT rootpage, page_size FROM sqlite_master, pragma_page_size WHERE name = ?", (table,)
        )
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    with ToolCache.open(url) as cache:
        said = [one.said for one in check(cache)]
    assert said
    assert all("damaged" in one or "malformed" in one or "sound" in one for one in said)


def test_a_number_that_would_be_given_twice_is_found(filled: ToolCache, database: str) -> None:
    if database == "sqlite":
        spoil(filled, "UPDATE sqlite_sequence SET seq = 3 WHERE name = 'audits'")
        assert check(filled) == []  # SQLite looks at the rows as well
        return
    spoil(filled, "SELECT setval(pg_get_serial_sequence('tasks', 'id'), 3)")
    (found,) = check(filled)
    assert (found.table, found.said) == ("tasks", "the next row would get a number that is taken: 4 of 8")


def test_compacting_gives_back_the_room_of_what_was_deleted_and_keeps_the_rest(cache: ToolCache) -> None:
    long = "x" * 1000
    cache.record(Batch([Answer(f"{long} {number}", "a", Route.DIRECT) for number in range(500)]))
    cache.add_examples("sorting", [Example("q", "a")])
    cache.forget(Selection(containing=long), tools=False)
    before, after = cache.compact()
    assert after < before - 400 * 1000
    assert [task.name for task in cache.tasks()] == ["sorting"]
