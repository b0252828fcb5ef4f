"""Makings: recorded whole, claimed by one at a time, journalled until they are finished."""

import subprocess
from collections.abc import Callable
from decimal import Decimal

import pytest

from latm.errors import StoreError
from latm.ledger import Usage
from latm.models.port import Completion
from latm.provenance import Making, Outcome
from latm.store import ToolCache
from latm.task import Example, TaskStatus
from latm.tool import Tool

COMPLETION = Completion("def parse…", "test:maker", Usage(1, 10, 20, Decimal("0.001")), 1.5)


def failed(task: str, outcome: Outcome = Outcome.FAILED, usage: Usage | None = None) -> Making:
    return Making(task, outcome, "no proposal ran", None, "test:maker", usage=usage or Usage())


def test_a_making_leaves_its_tool_serving_and_nothing_under_way(cache: ToolCache) -> None:
    cache.add_examples("sorting", [Example("q", "a"), Example("p", "b")])
    cache.claim_making("sorting", "me", 60)
    cache.journal("sorting").put("key", 0, COMPLETION)
    tool = Tool("source", "sorting")
    making = Making("sorting", Outcome.MADE, "", tool.id, "test:maker")

    assert cache.record_making(making, tool) == tool

    task = cache.task("sorting")
    assert (task.status, task.tool_id, task.tried_at) == (TaskStatus.SERVED, tool.id, 2)
    assert cache.journal("sorting").get("key", 0) is None
    assert cache.claim_making("sorting", "another", 60)


def test_a_making_may_say_how_many_examples_it_saw(cache: ToolCache) -> None:
    cache.add_examples("sorting", [Example(str(number), "a") for number in range(6)])
    cache.record_making(failed("sorting"), None, tried_at=5)
    assert cache.task("sorting").tried_at == 5


@pytest.mark.parametrize(
    ("outcome", "status"), [(Outcome.FAILED, TaskStatus.FAILED), (Outcome.UNTOOLABLE, TaskStatus.UNTOOLABLE)]
)
def test_a_making_without_a_tool_says_why(cache: ToolCache, outcome: Outcome, status: TaskStatus) -> None:
    assert cache.record_making(failed("jokes", outcome), None) is None
    assert (cache.task("jokes").status, cache.task("jokes").reason) == (status, "no proposal ran")


def test_a_failed_repair_leaves_the_old_tool_serving(cache: ToolCache, make: Callable[[str, str], Tool]) -> None:
    tool = make("sorting", "source")
    cache.record_making(failed("sorting"), None)
    assert (cache.task("sorting").status, cache.task("sorting").tool_id) == (TaskStatus.SERVED, tool.id)


def test_a_making_that_names_another_tool_changes_nothing(cache: ToolCache) -> None:
    cache.claim_making("sorting", "me", 60)
    with pytest.raises(StoreError, match="names the tool None but comes with"):
        cache.record_making(failed("sorting"), Tool("source", "sorting"))
    assert (cache.tasks(), cache.tools(), cache.makings()) == ([], [], [])
    assert not cache.claim_making("sorting", "another", 60)


def test_makings_are_listed_newest_last(cache: ToolCache) -> None:
    for task in ("sorting", "dates", "sorting"):
        cache.record_making(failed(task), None)
    assert [making.task for making in cache.makings()] == ["sorting", "dates", "sorting"]
    assert [making.task for making in cache.makings("sorting")] == ["sorting", "sorting"]


def test_the_average_making_counts_failures_and_leaves_out_reuse(cache: ToolCache) -> None:
    assert cache.average_making_usage() is None
    cache.record_making(failed("a", usage=Usage(1, 100, 10, Decimal("0.1"))), None)
    cache.record_making(failed("b", usage=Usage(2, 201, 30, Decimal("0.3"))), None)
    tool = Tool("source", "c")
    cache.record_making(Making("c", Outcome.REUSED, "", tool.id, ""), tool)
    assert cache.average_making_usage() == Usage(2, 151, 20, Decimal("0.2"))

    cache.record_making(failed("d", usage=Usage(cost=None)), None)
    average = cache.average_making_usage()
    assert average is not None
    assert average.cost is None


def test_a_claim_is_refused_to_everyone_while_it_holds(cache: ToolCache) -> None:
    assert cache.claim_making("sorting", "me", 60)
    assert not cache.claim_making("sorting", "me", 60)
    assert not cache.claim_making("sorting", "another", 60)
    assert cache.claim_making("dates", "another", 60)


def test_an_expired_claim_is_taken_over_for_good(cache: ToolCache) -> None:
    cache.claim_making("sorting", "dead", 0)
    assert cache.claim_making("sorting", "heir", 60)
    assert not cache.renew_claim("sorting", "dead", 60)
    cache.release_making("sorting", "dead")
    assert not cache.claim_making("sorting", "third", 60)


def test_a_renewed_claim_holds_again(cache: ToolCache) -> None:
    cache.claim_making("sorting", "me", 0)
    assert cache.renew_claim("sorting", "me", 60)
    assert not cache.claim_making("sorting", "another", 60)


def test_a_released_claim_is_free(cache: ToolCache) -> None:
    cache.claim_making("sorting", "me", 60)
    cache.release_making("sorting", "me")
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


def test_a_journal_keeps_completions_by_request_and_occurrence(cache: ToolCache) -> None:
    journal = cache.journal("sorting")
    again = Completion("again", "test:maker", Usage(cost=None), recorded_at="2026-01-01T00:00:00Z")
    journal.put("key", 0, COMPLETION)
    journal.put("key", 1, again)
    assert [journal.get("key", occurrence) for occurrence in range(3)] == [COMPLETION, again, None]
    assert cache.journal("dates").get("key", 0) is None


def test_what_was_paid_for_first_stays_in_the_journal(cache: ToolCache) -> None:
    cache.journal("sorting").put("key", 0, COMPLETION)
    cache.journal("sorting").put("key", 0, Completion("other", "test:maker", Usage()))
    assert cache.journal("sorting").get("key", 0) == COMPLETION
