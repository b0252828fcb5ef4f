"""`latm store`: copy, check, compact and upgrade, as a person calls them."""

import json
import shutil
from pathlib import Path

import pytest
from calling import Call

from latm.answer import Answer, Route
from latm.question import Scope
from latm.store import Batch, ToolCache
from served import promote, url_of
from toy import sum_question

OLD = Path(__file__).parents[1] / "store" / "data" / "latm_0001.db"


@pytest.fixture
def url(newcomer: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = url_of(newcomer)
    promote(url, "sums")
    with ToolCache.open(url) as cache:
        cache.record(Batch([Answer(sum_question(n, 1), "1", Route.DIRECT, "sums") for n in range(50)]))
    monkeypatch.setenv("LATM_STORE", url)
    return url


def test_a_copy_says_what_arrived_and_the_copy_serves(url: str, newcomer: Path, latm: Call) -> None:
    target = f"sqlite:///{newcomer}/copy.db"
    ended = latm("store", "copy", target)
    assert ended.code == 0
    assert "answers                 50" in ended.out
    assert f"{target} now holds what {url} does" in ended.out
    again = latm("store", "copy", target, "--json")
    assert again.code == 7
    assert "is not empty" in json.loads(again.out)["error"]["message"]
    replaced = json.loads(latm("store", "copy", target, "--replace", "--json").out)
    assert (replaced["target"], replaced["rows"]["versions"]) == (target, 1)
    assert json.loads(latm("ask", sum_question(3, 4), "--store", target, "--json").out)["text"] == "7"


def test_a_sound_cache_is_told_so_and_one_that_is_not_ends_with_7(url: str, latm: Call) -> None:
    ended = latm("store", "check")
    assert (ended.code, ended.out) == (0, f"{url} is sound.\n")
    with ToolCache.open(url) as cache, cache.writing() as connection:
        connection.exec_driver_sql("UPDATE programs SET source = source || '# a stranger was here'")
    ended = latm("store", "check")
    assert ended.code == 7
    assert "its id is not the digest of its source" in ended.out
    assert "1 thing wrong" in ended.err
    found = json.loads(latm("store", "check", "--json").out)
    assert (found["sound"], [one["table"] for one in found["findings"]]) == (False, ["programs"])


def test_compacting_forgets_what_has_had_its_time_and_shrinks(url: str, newcomer: Path, latm: Call) -> None:
    old = [Answer(f"{n} {'x' * 2000}", "a", Route.DIRECT, scope=Scope("old")) for n in range(500)]
    with ToolCache.open(url) as cache:
        cache.record(Batch(old))
        with cache.writing() as connection:
            connection.exec_driver_sql("UPDATE answers SET answered_at = '2020-01-01' WHERE question LIKE '%xxx%'")
    before = (newcomer / "latm.db").stat().st_size
    kept = json.loads(latm("store", "compact", "--json").out)
    assert kept["forgotten"]["answers"] == 0
    shrunk = json.loads(latm("store", "compact", "--retention-days", 30, "--json").out)
    assert shrunk["forgotten"]["answers"] == 500
    after = (newcomer / "latm.db").stat().st_size
    assert shrunk["bytes_after"] == after
    assert shrunk["bytes_before"] - after > 500 * 2000
    assert after < before - 500 * 2000
    assert latm("store", "check").code == 0
    assert "MB now" in latm("store", "compact").out


def test_upgrading_says_from_where_and_once_is_enough(newcomer: Path, latm: Call) -> None:
    shutil.copy(OLD, newcomer / "old.db")
    url = f"sqlite:///{newcomer}/old.db"
    ended = latm("store", "upgrade", "--store", url)
    assert "it was latm_0001." in ended.out
    assert "already" in latm("store", "upgrade", "--store", url).out
    told = json.loads(latm("store", "upgrade", "--store", f"sqlite:///{newcomer}/new.db", "--json").out)
    assert told["before"] is None
