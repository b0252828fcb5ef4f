"""Copying a tool cache to another database, of either kind: all of it, or nothing."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from filling import fill
from sqlalchemy import Connection, Table, text

from latm.answer import Answer, Route
from latm.errors import StoreError, StoreNewerError
from latm.store import Batch, ToolCache, copying
from latm.store.checking import check
from latm.store.copying import Contents, copy, fingerprints
from latm.store.dialects import insert_rows
from latm.task import Example
from postgresql_server import fresh_database


@pytest.fixture
def filled(url: str) -> Iterator[ToolCache]:
    with ToolCache.open(url) as cache:
        with cache.writing() as connection:
            fill(connection)
        yield cache


@pytest.fixture
def new(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], str]:
    """The URL of another empty database, of a kind."""

    def new(kind: str) -> str:
        if kind == "postgresql":
            return fresh_database(request.getfixturevalue("postgresql"))
        return f"sqlite:///{tmp_path / f'copy-{len(list(tmp_path.iterdir()))}.db'}"

    return new


def contents(cache: ToolCache) -> dict[str, Contents]:
    with cache.reading() as connection:
        return fingerprints(connection)


def numbers(cache: ToolCache) -> dict[str, int]:
    with cache.reading() as connection:
        return cache.last_numbers(connection)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_there_and_back_again_every_table_is_equal(filled: ToolCache, kind: str, new: Callable[[str], str]) -> None:
    """Whichever kind the first is, its copy, and the copy of that, hold the same."""
    with ToolCache.open(new(kind)) as there, ToolCache.open(new("sqlite")) as back:
        copied = copy(filled, there)
        assert copy(there, back) == copied
        assert {table: held.rows for table, held in copied.items() if held.rows < 2} == {"revision": 1, "coin": 1}
        for one, other in pairwise((filled, there, back)):
            assert contents(one) == contents(other)
            assert numbers(one) == numbers(other)
            assert one.tasks() == other.tasks()
            assert one.tools() == other.tools()
            assert one.answers(limit=None) == other.answers(limit=None)
            assert check(other) == []


def test_a_copy_goes_on_where_the_first_was(filled: ToolCache, new: Callable[[str], str]) -> None:
    """No number is given twice, not even that of a task that is gone."""
    filled.add_examples("gone", [Example("q", "a")])
    filled.delete_task("gone")
    with ToolCache.open(new("postgresql")) as there:
        copy(filled, there)
        before = numbers(there)
        there.add_examples("new", [Example("q", "a")])
        there.record(Batch([Answer("q", "a", Route.DIRECT, "new")]))
        assert numbers(there)["tasks"] == before["tasks"] + 1 == numbers(filled)["tasks"] + 1
        assert there.answers(limit=1)[0].question == "q"
        assert check(there) == []


def test_a_database_that_holds_something_is_replaced_only_if_told(filled: ToolCache, new: Callable[[str], str]) -> None:
    with ToolCache.open(new("sqlite")) as target:
        target.add_examples("mine", [Example("q", "a")])
        before = contents(target)
        with pytest.raises(StoreError, match="is not empty: there are 1 tasks"):
            copy(filled, target)
        assert contents(target) == before
        copy(filled, target, replace=True)
        assert contents(target) == contents(filled)


def test_a_copy_that_fails_half_way_leaves_the_target_as_it_was(filled: ToolCache, new: Callable[[str], str]) -> None:
    def stop(table: str, _: int) -> None:
        if table == "versions":
            raise KeyboardInterrupt

    with ToolCache.open(new("sqlite")) as target:
        target.add_examples("mine", [Example("q", "a")])
        before = contents(target)
        with pytest.raises(KeyboardInterrupt):
            copy(filled, target, replace=True, told=stop)
        assert contents(target) == before


def test_a_copy_that_is_not_equal_is_none(
    filled: ToolCache, new: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def losing(connection: Connection, table: Table, columns: list[str], rows: list[tuple[object, ...]]) -> None:
        insert_rows(connection, table, columns, rows[1:] or rows)

    monkeypatch.setattr(copying, "insert_rows", losing)
    with ToolCache.open(new("sqlite")) as target:
        with pytest.raises(StoreError, match=r"does not hold what was copied: .*answers \(8 rows, 7 arrived\)"):
            copy(filled, target)
        assert not target.tasks()


def test_a_changed_value_is_another_digest() -> None:
    rows = [(1, "a", 0.5, None), (2, "b", 0.5, None)]
    one = Contents().and_rows(rows)
    assert one == Contents().and_rows(rows[1:]).and_rows(rows[:1])
    for other in ([rows[0], (2, "c", 0.5, None)], [rows[0], (2, "b", 0.5, "")], [rows[0], rows[0]]):
        assert one != Contents().and_rows(other)


def test_nothing_is_copied_into_itself(filled: ToolCache, url: str) -> None:
    with ToolCache.open(url) as same, pytest.raises(StoreError, match="into itself"):
        copy(filled, same, replace=True)


def test_what_only_a_newer_release_knows_is_not_lost_by_a_copy(filled: ToolCache, new: Callable[[str], str]) -> None:
    with filled.writing() as connection:
        connection.execute(text("UPDATE latm_schema SET version_num = version_num || '_1'"))
    with ToolCache.open(new("sqlite")) as target, pytest.raises(StoreNewerError, match="only a newer latm knows"):
        copy(filled, target)
