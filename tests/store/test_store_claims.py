"""Claims: one maker at a time across processes, and whoever takes over finds what was paid for."""

import os
import subprocess
import time
from collections.abc import Callable

import pytest

from latm.ledger import Usage
from latm.models.port import Completion
from latm.provenance import Making, Outcome
from latm.store import Claim, ToolCache, is_alive, new_owner
from latm.task import Example

COMPLETION = Completion("def parse…", "test:maker", Usage(1, 10, 20), 1.5)
WORK = {"examples": [["q", "a"]], "shown": 3}


def test_a_claim_is_refused_to_everyone_while_it_holds(cache: ToolCache) -> None:
    assert cache.claim_making("sorting", "me", 60)
    assert not cache.claim_making("sorting", "me", 60)
    assert not cache.claim_making("sorting", "another", 60)
    assert cache.claim_making("dates", "another", 60)


def test_an_expired_claim_is_taken_over_for_good(cache: ToolCache) -> None:
    cache.claim_making("sorting", "dead", 0)
    assert cache.claim_making("sorting", "heir", 60)
    assert cache.renew_claims(["dead"], 60) == set()
    cache.release_making("sorting", "dead", keep_work=False)
    assert not cache.claim_making("sorting", "third", 60)


def test_a_renewed_claim_holds_again(cache: ToolCache) -> None:
    cache.claim_making("sorting", "me", 0)
    assert cache.renew_claims(["me", "dead"], 60) == {"me"}
    assert not cache.claim_making("sorting", "another", 60)


def test_a_released_claim_is_free(cache: ToolCache) -> None:
    cache.claim_making("sorting", "me", 60)
    cache.release_making("sorting", "me", keep_work=False)
    assert cache.claim_making("sorting", "another", 60)


def test_of_several_processes_exactly_one_claims_each_making(
    url: str, cache: ToolCache, start: Callable[..., subprocess.Popen[str]]
) -> None:
    owners = [start("claim_all.py", url, owner, 60) for owner in ("a", "b", "c")]
    for process in owners:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in owners:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    won = [task for process in owners for task in process.communicate(timeout=60)[0].split()]
    assert sorted(won) == sorted(f"task-{number}" for number in range(60))
    assert not cache.claim_making("task-0", "late", 60)


def test_work_is_handed_on_only_with_what_was_paid_for_it(cache: ToolCache) -> None:
    assert cache.claim_making("sorting", "first", 0, WORK) == Claim("sorting", "first", WORK)
    assert cache.claim_making("sorting", "second", 0, "other") == Claim("sorting", "second", "other")
    cache.journal("sorting").put("key", 0, COMPLETION)
    assert cache.claim_making("sorting", "third", 60, WORK) == Claim("sorting", "third", "other", resumed=True)


def test_a_making_given_up_for_now_goes_on_from_where_it_was(cache: ToolCache) -> None:
    cache.claim_making("sorting", "first", 60, WORK)
    cache.journal("sorting").put("key", 0, COMPLETION)
    cache.release_making("sorting", "first", keep_work=True)
    assert cache.claim_making("sorting", "second", 60, "other") == Claim("sorting", "second", WORK, resumed=True)
    assert cache.journal("sorting").get("key", 0) == COMPLETION


def test_a_making_given_up_for_good_leaves_nothing(cache: ToolCache) -> None:
    cache.claim_making("sorting", "first", 60, WORK)
    cache.journal("sorting").put("key", 0, COMPLETION)
    cache.release_making("sorting", "first", keep_work=False)
    assert cache.claim_making("sorting", "second", 60, "other") == Claim("sorting", "second", "other")
    assert cache.journal("sorting").get("key", 0) is None


def test_only_the_owner_gives_up_a_making(cache: ToolCache) -> None:
    cache.claim_making("sorting", "first", 60, WORK)
    cache.journal("sorting").put("key", 0, COMPLETION)
    for keep_work in (True, False):
        cache.release_making("sorting", "another", keep_work=keep_work)
    assert cache.claim_making("sorting", "second", 60) is None
    assert cache.journal("sorting").get("key", 0) == COMPLETION


def test_a_killed_process_loses_its_claim_at_once_and_its_heir_finds_what_it_paid_for(
    url: str, cache: ToolCache, start: Callable[..., subprocess.Popen[str]]
) -> None:
    process = start("claim_and_wait.py", url, "sorting")
    assert process.stdout is not None
    owner = process.stdout.readline().strip()
    assert is_alive(owner)
    assert cache.claim_making("sorting", new_owner(), 60) is None

    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now: nobody has asked how it ended

    assert not is_alive(owner)
    heir = new_owner()
    assert cache.claim_making("sorting", heir, 60) == Claim("sorting", heir, {"prompt": "of the dead"}, resumed=True)
    process.wait()
    assert not is_alive(owner)
    assert cache.renew_claims([owner], 60) == set()


def test_a_task_whose_maker_was_killed_can_be_renamed_and_its_making_goes_on(
    url: str, cache: ToolCache, start: Callable[..., subprocess.Popen[str]]
) -> None:
    cache.add_examples("task-1", [Example("q", "a")])
    process = start("claim_and_wait.py", url, "task-1")
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.wait()

    cache.rename_task("task-1", "sorting")

    claim = cache.claim_making("sorting", "heir", 60)
    assert claim is not None
    assert (claim.work, claim.resumed) == ({"prompt": "of the dead"}, True)
    assert cache.journal("sorting").get("key", 0) is not None


def test_an_owner_is_dead_only_where_that_is_certain() -> None:
    mine = new_owner()
    machine, pid, started, chance = mine.split("/")
    assert {
        "me": is_alive(mine),
        "a process of that number that started at another time": is_alive(f"{machine}/{pid}/{started}0/{chance}"),
        "no process": is_alive(f"{machine}/999999999/{started}/{chance}"),
        "a number no process has": is_alive(f"{machine}/{10**30}/{started}/{chance}"),
        "another machine": is_alive(f"elsewhere/999999999/{started}/{chance}"),
        "a name of another kind": is_alive("somebody"),
        "no name": is_alive(""),
    } == {
        "me": True,
        "a process of that number that started at another time": False,
        "no process": False,
        "a number no process has": True,
        "another machine": True,
        "a name of another kind": True,
        "no name": True,
    }


def test_no_two_owners_have_one_name() -> None:
    assert len({new_owner() for _ in range(100)}) == 100


def test_nothing_is_made_for_a_task_under_a_name_that_it_had(cache: ToolCache) -> None:
    cache.add_examples("task-1", [Example("q", "a")])
    cache.rename_task("task-1", "sorting")
    assert cache.claim_making("task-1", "me", 60) is None
    cache.delete_task("sorting")
    assert cache.claim_making("sorting", "me", 60) is None
    cache.add_examples("sorting", [Example("q", "a")])
    assert cache.claim_making("sorting", "me", 60)


def test_what_a_slow_maker_made_reaches_the_task_under_its_new_name(cache: ToolCache) -> None:
    cache.add_examples("task-1", [Example("q", "a")])
    cache.claim_making("task-1", "slow", 0)
    cache.rename_task("task-1", "sorting")
    cache.record_making(Making("task-1", Outcome.UNTOOLABLE, "judgement", None, ""), None, owner="slow")
    assert [(task.name, task.status) for task in cache.tasks()] == [("sorting", "untoolable")]
    assert [making.task for making in cache.makings()] == ["sorting"]


def test_a_host_whose_clock_is_ahead_takes_over_nothing(cache: ToolCache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.claim_making("sorting", "me", 60)
    ahead = time.time() + 300
    monkeypatch.setattr(time, "time", lambda: ahead)
    assert not cache.claim_making("sorting", "another", 60)


def test_a_making_that_is_said_twice_is_on_record_once(cache: ToolCache) -> None:
    cache.claim_making("sorting", "me", 60)
    making = Making("sorting", Outcome.UNTOOLABLE, "judgement", None, "", started_at="2026-01-01", seconds=1.5)
    for _ in range(2):
        cache.record_making(making, None, owner="me")
    assert len(cache.makings()) == 1
