"""Claims: one maker at a time across processes, and whoever takes over finds what was paid for."""

import subprocess
from collections.abc import Callable

from latm.ledger import Usage
from latm.models.port import Completion
from latm.store import ToolCache

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
    assert not cache.renew_claim("sorting", "dead", 60)
    cache.release_making("sorting", "dead", keep_work=False)
    assert not cache.claim_making("sorting", "third", 60)


def test_a_renewed_claim_holds_again(cache: ToolCache) -> None:
    cache.claim_making("sorting", "me", 0)
    assert cache.renew_claim("sorting", "me", 60)
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
