"""Releases side by side on one tool cache: one that adds to it and those before; and one that changes it."""

import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from latm import Latm, Settings
from latm.answer import Answer, Route
from latm.errors import StoreNewerError
from latm.store import Batch, ToolCache
from latm.store.checking import check
from latm.store.database import SCHEMAS
from latm.task import Example
from served import promote, url_of
from toy import sum_question


def set_schema(url: str, schema: str) -> None:
    with ToolCache.open(url) as cache, cache.writing() as connection:
        connection.execute(text("UPDATE latm_schema SET version_num = :schema"), {"schema": schema})


def lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline() for _ in range(count)]


def test_this_release_and_the_next_write_side_by_side(url: str, start: Callable[..., subprocess.Popen[str]]) -> None:
    """The next one adds to the tables under the hands of this one, which goes on, and may be started anew."""
    pause = "0.005"  # as the newer one does: the test has to check what they write
    running = start("write_forever.py", url, "before", pause)
    lines(running, 10)
    newer = start("newer.py", url, "newer")
    lines(newer, 10)
    after = start("write_forever.py", url, "after", pause)
    for process in (running, newer, after):
        lines(process, 5)
        process.kill()
    more = newer.communicate()[0].count("\n")
    with ToolCache.open(url) as cache, cache.reading() as connection:
        assert cache.schema(connection) == f"{SCHEMAS[-1]}_1"
        questions = [answer.question for answer in cache.answers(limit=None)]
        assert sum(question.startswith("newer ") for question in questions) >= 15 + more
        assert {question.partition("-")[0] for question in questions if "-" in question} == {"before", "after"}
        assert check(cache) == []


def test_a_program_that_runs_while_a_newer_one_changes_the_schema_lets_it_alone(url: str) -> None:
    with ToolCache.open(url) as cache:
        cache.record(Batch([Answer("first", "a", Route.DIRECT)]))
        set_schema(url, "latm_9999")
        for act in (lambda: cache.record(Batch([Answer("second", "a", Route.DIRECT)])), cache.tasks):
            with pytest.raises(StoreNewerError, match=f"'latm_9999'; this one knows '{SCHEMAS[-1]}'"):
                act()
    with pytest.raises(StoreNewerError, match="was written by a newer latm"):
        ToolCache.open(url)


def test_what_an_older_program_answers_meanwhile_is_kept_for_the_newer(tmp_path: Path) -> None:
    """Its tools go on answering; what it may not write any more waits in a file beside the tool cache."""
    url = url_of(tmp_path)
    promote(url, "sums")
    with Latm(Settings(store=url)) as latm:
        assert latm.ask(sum_question(1, 2)).route is Route.TOOL
        latm.written()
        set_schema(url, "latm_9999")
        assert latm.ask(sum_question(2, 3)).text == "5"
    path = Path(url.removeprefix("sqlite:///"))
    assert list(path.parent.glob(f"{path.name}.*spill.jsonl"))
    raw_schema(path, SCHEMAS[-1])
    with Latm(Settings(store=url)) as latm:
        latm.written()
    with ToolCache.open(url) as cache:
        assert [answer.text for answer in cache.answers()] == ["5", "3"]


def raw_schema(path: Path, schema: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE latm_schema SET version_num = ?", (schema,))


@pytest.mark.parametrize(
    ("found", "opens"),
    [(SCHEMAS[-1], True), (f"{SCHEMAS[-1]}_1", True), (f"{SCHEMAS[-1]}_12", True), ("latm_9999", False)],
)
def test_a_schema_that_only_adds_is_opened_and_a_changed_one_is_not(url: str, found: str, *, opens: bool) -> None:
    with ToolCache.open(url) as cache:
        cache.add_examples("task", [Example("q", "a")])
    set_schema(url, found)
    if opens:
        with ToolCache.open(url) as cache:
            cache.record(Batch([Answer("q", "a", Route.DIRECT, "task")]))
            assert len(cache.answers()) == 1
    else:
        with pytest.raises(StoreNewerError):
            ToolCache.open(url)
