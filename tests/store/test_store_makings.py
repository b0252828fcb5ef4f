"""Makings: recorded whole with what follows from them, journalled until they are finished, postponed."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from latm.errors import NotFoundError, StoreError
from latm.event import Event, EventKind
from latm.form import FOLDED
from latm.ledger import Usage
from latm.models.port import Completion
from latm.provenance import Making, Outcome
from latm.store import Batch, ToolCache
from latm.task import Example, Record, TaskStatus
from latm.tool import Demonstration, Program, ToolStatus, ToolVersion, Verification

COMPLETION = Completion("def parse…", "test:maker", Usage(1, 10, 20, Decimal("0.001")), 1.5)


def failed(task: str, outcome: Outcome = Outcome.FAILED, usage: Usage | None = None) -> Making:
    return Making(task, outcome, "no proposal ran", None, "test:maker", usage=usage or Usage())


def test_a_making_leaves_its_tool_serving_and_nothing_under_way(cache: ToolCache) -> None:
    cache.add_examples("sorting", [Example("q", "a"), Example("p", "b")])
    cache.claim_making("sorting", "me", 60)
    cache.journal("sorting").put("key", 0, COMPLETION)
    program = Program("source")
    making = Making("sorting", Outcome.MADE, "", program.id, "test:maker")
    shown, verification = (Demonstration("q", {"x": 1}),), Verification(2, 1)

    made = cache.record_making(making, program, came=7, demonstrations=shown, verification=verification)

    assert made == ToolVersion("sorting", program, 1, shown, verification, ToolStatus.SERVING)
    assert cache.tool("sorting") == made
    assert (cache.task("sorting").status, cache.task("sorting").tool_id) == (TaskStatus.SERVED, program.id)
    assert cache.records(["sorting"])["sorting"] == Record(tried_at=7)
    assert cache.journal("sorting").get("key", 0) is None
    assert cache.claim_making("sorting", "another", 60)


def test_a_making_drops_labels_and_sets_the_form(cache: ToolCache) -> None:
    cache.add_examples("sorting", [Example("q", "a"), Example("p", "b", "test:strong")])
    cache.record_making(failed("sorting"), None, form=FOLDED, dropped=[("p", "two fresh answers said otherwise")])
    assert cache.task("sorting").examples == (Example("q", "a"),)
    (event,) = cache.events("sorting")
    assert (event.kind, event.who, event.why) == (EventKind.DROPPED, "maker", "two fresh answers said otherwise")
    assert event.evidence == {"question": "p", "answer": "b", "source": "test:strong"}


def test_a_version_that_is_not_promoted_waits(cache: ToolCache) -> None:
    program = Program("source")
    making = Making("sorting", Outcome.MADE, "", program.id, "test:maker")
    stored = cache.record_making(making, program, promote=False)
    assert stored is not None
    assert stored.status is ToolStatus.CANDIDATE
    assert cache.task("sorting").status is TaskStatus.WAITING
    cache.append_event(Event(EventKind.PROMOTED, "sorting", 1, "auditor", "it agreed for a week"))
    assert cache.task("sorting").tool_id == program.id


def test_what_comes_too_late_is_on_record_and_changes_nothing(cache: ToolCache) -> None:
    cache.add_examples("sorting", [Example("q", "a")])
    cache.claim_making("sorting", "slow", 0)
    cache.claim_making("sorting", "heir", 60)
    cache.journal("sorting").put("key", 0, COMPLETION)
    program = Program("source")
    late = Making("sorting", Outcome.MADE, "", program.id, "test:maker")
    before = cache.tasks(), cache.tools(), cache.revision()

    assert cache.record_making(late, program, owner="slow", form=FOLDED, dropped=[("q", "wrong")]) is None

    assert (cache.tasks(), cache.tools(), cache.revision()) == before
    assert cache.makings() == [late]
    assert cache.journal("sorting").get("key", 0) == COMPLETION
    assert cache.record_making(late, program, owner="heir") is not None
    assert cache.record_making(late, program, owner="heir") is None


def test_an_expired_claim_that_nobody_took_over_still_counts(cache: ToolCache) -> None:
    cache.claim_making("sorting", "slow", 0)
    program = Program("source")
    assert cache.record_making(Making("sorting", Outcome.MADE, "", program.id, ""), program, owner="slow")


def test_a_postponed_making_is_counted_until_one_is_carried_out(cache: ToolCache) -> None:
    cache.record(Batch(came={"sorting": Record(came=9)}))
    cache.postpone_making("sorting", "429", 1000.5)
    cache.postpone_making("sorting", "429", 2000.5)
    assert cache.records(["sorting"])["sorting"] == Record(came=9, failures=2, retry_at=2000.5)
    assert [(event.kind, event.why) for event in cache.events("sorting")] == [(EventKind.POSTPONED, "429")] * 2
    cache.record_making(failed("sorting"), None, came=9)
    assert cache.records(["sorting"])["sorting"] == Record(came=9, tried_at=9)


def test_no_making_of_an_unknown_task_is_postponed(cache: ToolCache) -> None:
    with pytest.raises(NotFoundError, match="no task 'sorting'"):
        cache.postpone_making("sorting", "429", 0)


@pytest.mark.parametrize(
    ("outcome", "status"), [(Outcome.FAILED, TaskStatus.FAILED), (Outcome.UNTOOLABLE, TaskStatus.UNTOOLABLE)]
)
def test_a_making_without_a_tool_says_why(cache: ToolCache, outcome: Outcome, status: TaskStatus) -> None:
    cache.add_examples("jokes", [Example("q", "a")])
    assert cache.record_making(failed("jokes", outcome), None) is None
    assert (cache.task("jokes").status, cache.task("jokes").reason) == (status, "no proposal ran")


def test_a_failed_repair_leaves_the_old_tool_serving(cache: ToolCache, make: Callable[[str, str], ToolVersion]) -> None:
    tool = make("sorting", "source")
    cache.record_making(failed("sorting"), None)
    assert (cache.task("sorting").status, cache.task("sorting").tool_id) == (TaskStatus.SERVED, tool.id)


def test_a_making_that_names_another_tool_changes_nothing(cache: ToolCache) -> None:
    cache.claim_making("sorting", "me", 60)
    with pytest.raises(StoreError, match="names None but comes with"):
        cache.record_making(failed("sorting"), Program("source"))
    assert (cache.tasks(), cache.tools(), cache.makings()) == ([], [], [])
    assert not cache.claim_making("sorting", "another", 60)


def test_makings_are_listed_newest_last(cache: ToolCache) -> None:
    for task in ("sorting", "dates", "sorting"):
        cache.record_making(failed(task), None)
    assert [making.task for making in cache.makings()] == ["sorting", "dates", "sorting"]
    assert [making.task for making in cache.makings("sorting")] == ["sorting", "sorting"]


def test_the_typical_making_is_the_median_one_with_failures_and_without_reuse(cache: ToolCache) -> None:
    assert cache.typical_making_usage() is None
    cache.record_making(failed("a", usage=Usage(1, 100, 10, Decimal("0.1"))), None)
    cache.record_making(failed("b", usage=Usage(2, 201, 30, Decimal("0.3"))), None)
    program = Program("source")
    cache.record_making(Making("c", Outcome.REUSED, "", program.id, ""), program)
    assert cache.typical_making_usage() == Usage(1, 100, 10, Decimal("0.1"))

    cache.record_making(failed("d", usage=Usage(6, 200_000, 9_000, Decimal(9))), None)
    assert cache.typical_making_usage() == Usage(2, 201, 30, Decimal("0.3"))


def test_the_typical_making_is_one_of_the_newest(cache: ToolCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latm.store.makings._RECENT", 1)
    for calls in (1, 2):
        cache.record_making(failed("a", usage=Usage(calls, 100, 10)), None)
    assert cache.typical_making_usage() == Usage(2, 100, 10)


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
