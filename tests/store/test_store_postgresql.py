"""What is PostgreSQL's own: addresses and rights that do not work, a server that comes back, who hears of what."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from latm import Latm, Settings
from latm.answer import Answer, Route
from latm.errors import StoreError, StoreNewerError
from latm.gateway.accounts import Accounts
from latm.learning.spill import Spill
from latm.store import Batch, ToolCache
from latm.store.dialects import postgresql as dialect
from latm.task import Example, Record
from postgresql_server import cut_connections, fresh_database, running, standby
from served import promote
from toy import sum_question


@pytest.fixture
def by_hearing_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No look without a notification."""
    monkeypatch.setattr(dialect, "_POLL_SECONDS", 3600.0)


@pytest.fixture
def url(postgresql: str) -> str:
    return fresh_database(postgresql)


def test_no_server_is_one_sentence_without_the_password() -> None:
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        ToolCache.open("postgresql://ada:secret@127.0.0.1:1/latm")
    assert "secret" not in str(caught.value)
    assert "Check the address" in caught.value.hint


def test_no_database_is_named(postgresql: str) -> None:
    url = make_url(postgresql).set(database="nowhere").render_as_string(hide_password=False)
    with pytest.raises(StoreError, match="nowhere"):
        ToolCache.open(url)


def test_a_user_without_rights_is_told_what_is_missing(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE ROLE reader LOGIN")
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    reader = make_url(url).set(username="reader").render_as_string(hide_password=False)
    with pytest.raises(StoreError, match="cannot be used") as caught:
        ToolCache.open(reader)
    assert "create tables" in caught.value.hint


def test_a_server_that_only_reads_is_told_as_such(url: str) -> None:
    with ToolCache.open(url) as cache, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {make_url(url).database} SET default_transaction_read_only = on")
        cut_connections(url)
        with pytest.raises(StoreError, match="cannot be used"):
            cache.add_examples("sums", [Example("1 + 1", "2")])


def test_a_read_only_replica_is_refused_in_a_sentence() -> None:
    with running() as server:
        with ToolCache.open(server.url) as cache:
            cache.add_examples("sums", [Example("1 + 1", "2")])
        with standby(server) as replica, pytest.raises(StoreError, match="read-only replica") as caught:
            ToolCache.open(replica)
    assert "primary" in caught.value.hint


def test_a_database_that_takes_no_writes_is_refused_in_a_sentence_and_left_as_it_is(url: str) -> None:
    with ToolCache.open(url) as cache:
        cache.add_examples("sums", [Example("1 + 1", "2")])
    set_read_only(url, "on")
    with pytest.raises(StoreError, match="does not accept writes: default_transaction_read_only is on") as caught:
        ToolCache.open(url)
    assert "Name a server that accepts writes" in caught.value.hint
    set_read_only(url, "off")
    with ToolCache.open(url) as cache:
        assert [task.name for task in cache.tasks()] == ["sums"]


def test_what_is_answered_while_a_database_takes_no_writes_is_on_record_once_it_does(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    promote(url, "sums")
    with Latm(Settings(store=url, workers=1)) as latm:
        assert latm.ask(sum_question(1, 2)).route is Route.TOOL
        latm.written()
        set_read_only(url, "on")
        cut_connections(url)
        assert latm.ask(sum_question(2, 3)).text == "5"
    assert list(tmp_path.glob("*.spill.jsonl"))
    set_read_only(url, "off")
    with Latm(Settings(store=url, workers=1)) as latm:
        latm.written()
    with ToolCache.open(url) as cache:
        assert sorted(answer.text for answer in cache.answers()) == ["3", "5"]


@pytest.mark.parametrize("schema", ["latm_9999", "latm_0099_1"])
def test_a_database_of_a_newer_latm_is_refused_in_a_sentence_and_left_as_it_is(url: str, schema: str) -> None:
    with ToolCache.open(url) as cache:
        cache.add_examples("sums", [Example("1 + 1", "2")])
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE latm_schema SET version_num = %s", (schema,))
    with pytest.raises(StoreNewerError, match=f"was written by a newer latm \\(schema '{schema}'") as caught:
        ToolCache.open(url)
    assert "Upgrade latm" in caught.value.hint
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT (SELECT count(*) FROM examples), version_num FROM latm_schema").fetchall()
    assert rows == [(1, schema)]


def set_read_only(url: str, to: str) -> None:
    with psycopg.connect(url) as connection:
        connection.read_only = False
        connection.execute(f"ALTER DATABASE {make_url(url).database} SET default_transaction_read_only = {to}")


def test_a_server_that_is_too_old_is_refused_in_a_sentence(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialect, "_OLDEST", (99,))
    with pytest.raises(StoreError, match="latm needs 99 or newer"):
        ToolCache.open(url)


@pytest.mark.parametrize("opened", [ToolCache.open, Accounts])
@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_every_text_is_refused_in_a_sentence(
    postgresql: str, encoding: str, opened: Callable[[str], object]
) -> None:
    with pytest.raises(StoreError, match=f"has the encoding {encoding}") as caught:
        opened(fresh_database(postgresql, encoding))
    assert "--encoding UTF8" in caught.value.hint


def test_what_is_spilled_of_one_database_is_not_taken_up_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ours, theirs = Spill(None, "postgresql://here/latm"), Spill(None, "postgresql://there/latm")
    ours.write([Answer("1 + 1", "2", Route.DIRECT)])
    assert theirs.take() == []
    assert [answer.text for answer in ours.take()] == ["2"]
    ours.write([Answer("1 + 2", "3", Route.DIRECT)])
    ours.clear()
    assert [answer.text for answer in ours.take()] == ["3"]


def test_a_database_shared_with_another_program_is_used_beside_it(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    with ToolCache.open(url) as cache:
        assert cache.tasks() == []


@pytest.mark.usefixtures("by_hearing_alone")
def test_connections_that_the_server_has_cut_are_made_anew(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with ToolCache.open(url) as cache:
        until_heard(cache)
        caplog.clear()
        cut_connections(url)
        cache.add_examples("sums", [Example("1 + 1", "2")])
        with pytest.raises(StoreError):
            until_heard(cache)
        assert cache.has_changed()
        assert [task.name for task in cache.tasks()] == ["sums"]
    assert [record.message for record in caplog.records if record.exc_info] == []


@pytest.mark.usefixtures("by_hearing_alone")
def test_what_one_process_writes_another_one_hears_of(url: str) -> None:
    with ToolCache.open(url) as reader, ToolCache.open(url) as writer:
        while reader.has_changed():
            pass
        writer.add_examples("sums", [Example("1 + 1", "2")])
        until_heard(reader)


def test_where_notifications_are_lost_a_reader_looks_all_the_same(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialect.Listener, "_heard", lambda _: False)
    with ToolCache.open(url) as reader:
        until_heard(reader)


def test_writers_take_turns_and_lose_nothing(url: str) -> None:
    with ToolCache.open(url) as one, ToolCache.open(url) as other, ThreadPoolExecutor(8) as threads:
        caches = [one, other] * 50
        list(threads.map(lambda cache: cache.record(Batch(came={"sums": Record(came=1)})), caches))
        assert one.records(["sums"])["sums"].came == 100


def until_heard(cache: ToolCache) -> None:
    """Wait for a change, however busy the machine is."""
    deadline = time.monotonic() + 60
    while not cache.has_changed():
        assert time.monotonic() < deadline
        time.sleep(0.01)
