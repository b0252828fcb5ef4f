"""Audits and certificates in the store: counted once, due until there is a verdict, whatever breaks off."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from plans import heard
from sqlalchemy import update

from latm.answer import Answer, Route
from latm.auditing import Goal, Policy, Source
from latm.event import EventKind
from latm.ledger import Usage
from latm.provenance import Making, Outcome
from latm.store import ABSTAINED, RIGHT, WRONG, Batch, Selection, ToolCache, Verdict, new_owner
from latm.store.counting import coin_of
from latm.store.schema import coin
from latm.task import Example
from latm.tool import Program, ToolStatus, ToolVersion

SHARE = 0.5
WATCHED = Goal(0.05, audit_share=SHARE, policy=Policy.VERIFIED)


def served(count: int, start: int = 0, version: int = 1) -> list[Answer]:
    return [
        Answer(f"Sort {n}", str(n), Route.TOOL, "sorting", "id", serial=f"here-{n}", tool=("sorting", version))
        for n in range(start, start + count)
    ]


@pytest.fixture
def watched(cache: ToolCache, make: Callable[[str, str], ToolVersion]) -> ToolCache:
    """A cache with one tool that serves, and whose answers are audited; the same ones each time."""
    make("sorting", "SOURCE = 1")
    with cache.writing() as connection:
        connection.execute(update(coin).values(secret="07" * 32))
    cache.retarget(lambda _: WATCHED)
    return cache


def verdict(word: str, said: str = "9") -> Verdict:
    return Verdict(word, "0", said, usage=Usage(1, 10, 5), source="test:strong")


def settle(cache: ToolCache, word: str, limit: int = 100) -> int:
    due = cache.claim_audits(new_owner(), 60.0, limit)
    for audit in due:
        cache.settle_audits({audit.id: verdict(word)})
    return len(due)


def coins(cache: ToolCache, answers: Sequence[Answer]) -> list[str]:
    with cache.reading() as connection:
        throws = coin_of(connection)
    return [answer.serial for answer in answers if throws.falls(answer.serial, SHARE)]


def test_an_audit_is_due_exactly_where_the_coin_of_the_answer_falls(watched: ToolCache) -> None:
    recorded = watched.record(Batch(served(100)))
    due = watched.audits(limit=None)
    assert sorted(audit.serial for audit in due) == sorted(coins(watched, served(100)))
    assert recorded.due == len(due)
    [known] = watched.certificates()
    assert (known.bound.served, known.state.epoch.drawn, known.bound.found) == (100, len(due), len(due))


def test_the_coin_is_the_stores_own_and_stays(url: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    def secret(where: str) -> bytes:
        with ToolCache.open(where) as cache, cache.reading() as connection:
            return coin_of(connection).secret

    assert secret(url) == secret(url) != secret(f"sqlite:///{tmp_path_factory.mktemp('other') / 'latm.db'}")


def test_a_batch_that_is_given_again_counts_once(watched: ToolCache) -> None:
    watched.record(Batch(served(20)))
    watched.record(Batch(served(30), again=True))
    [known] = watched.certificates()
    assert known.bound.served == len(watched.answers(limit=None)) == 30
    assert known.state.epoch.drawn == len(watched.audits(limit=None)) == len(coins(watched, served(30)))


def test_of_two_verdicts_the_first_counts_and_both_are_paid(watched: ToolCache) -> None:
    watched.record(Batch(served(20)))
    first, *_ = watched.claim_audits(new_owner(), 60.0, 1)
    watched.settle_audits({first.id: verdict(RIGHT)})
    watched.settle_audits({first.id: verdict(WRONG)})
    [known] = watched.certificates()
    assert (known.state.epoch.right, known.state.epoch.wrong) == (1, 0)
    assert watched.audits(verdict=RIGHT)[0].usage.calls == 2


def test_verdicts_given_together_come_to_the_same_as_one_by_one(watched: ToolCache) -> None:
    """Of two versions, in one transaction; what follows for each is as if they had been told one after the other."""
    watched.record_making(
        Making("other", Outcome.MADE, "", (other := Program("SOURCE = 2")).id, ""), other, goal=WATCHED
    )
    by_other = [replace(answer, serial=f"o-{answer.serial}", tool=("other", 1)) for answer in served(20)]
    watched.record(Batch([*served(20), *by_other]))
    owner = new_owner()
    due = watched.claim_audits(owner, 60.0, 100)
    assert {audit.task for audit in due} == {"sorting", "other"}
    single, *rest = due
    watched.settle_audits({single.id: verdict(RIGHT)}, owner=owner)
    happened = watched.settle_audits(
        {audit.id: verdict(WRONG if audit.task == "other" else RIGHT) for audit in rest}, owner=owner
    )
    other_state, state = (known.state for known in watched.certificates())
    count = Counter(audit.task for audit in due)
    assert (state.epoch.right, state.epoch.wrong) == (count["sorting"], 0)
    assert other_state.epoch.right + other_state.epoch.wrong == count["other"]
    assert happened[0].kind is EventKind.SUSPENDED
    assert {event.task for event in happened} == {"other"}
    assert {audit.usage.calls for audit in watched.audits(limit=None)} == {1}


def test_what_is_asked_of_versions_is_looked_up_at_once_however_many_they_are(
    watched: ToolCache, make: Callable[[str, str], ToolVersion]
) -> None:
    """Every process does so as it starts, while all others wait for their turn to write."""

    def statements() -> int:
        watched.retarget(lambda _: WATCHED)
        with heard(watched) as said:
            assert watched.retarget(lambda _: WATCHED) == []
        return len(said)

    few = statements()
    for number in range(10):
        make(f"task {number}", f"SOURCE = {number + 2}")
    assert statements() == few


def test_verdicts_given_together_take_fewer_statements_than_they_are(watched: ToolCache) -> None:
    watched.record(Batch(served(100)))
    first, *due = watched.claim_audits(new_owner(), 60.0, 100)
    watched.settle_audits({first.id: verdict(RIGHT)})  # it has old questions asked again
    with heard(watched) as said:
        watched.settle_audits({audit.id: verdict(RIGHT) for audit in due})
    assert len(said) < len(due)


def test_a_round_of_audits_takes_those_that_were_due_when_it_began(watched: ToolCache) -> None:
    """Else it would go on for as long as other processes add to them."""
    watched.record(Batch(served(20)))
    newest = watched.newest_audit()
    watched.record(Batch(served(20, 20)))
    taken = watched.claim_audits(new_owner(), 60.0, 100, newest)
    assert {audit.serial for audit in taken} == set(coins(watched, served(20)))
    assert watched.audits_wait()


def test_what_an_audit_without_an_answer_has_cost_is_not_forgotten(
    cache: ToolCache,
) -> None:
    """As of a half tool in shadow, whose reader was asked and found nothing."""
    program = Program("SOURCE = 1")
    cache.record_making(
        Making("sorting", Outcome.MADE, "", program.id, ""), program, goal=Goal(0.25, audit_share=SHARE)
    )
    given = Answer("Sort 1", "1", Route.DIRECT, "sorting", serial="here-1")
    cache.record(Batch([given], shadows=[(given, ["sorting"])]))
    [audit] = cache.claim_audits(new_owner(), 60.0, 10)
    cache.settle_audits({audit.id: Verdict(ABSTAINED, None, "1", usage=Usage(1, 10, 5))})
    assert cache.audits(limit=None) == []
    assert sum(book.total.calls for book in cache.ledger()) == 1


def test_what_a_dead_process_had_claimed_is_due_at_once_and_what_a_living_one_has_is_not(watched: ToolCache) -> None:
    watched.record(Batch(served(20)))
    owner = new_owner()
    machine, _, started, _ = owner.split("/")
    [held] = watched.claim_audits(owner, 600.0, 1)
    [lost] = watched.claim_audits(f"{machine}/999999999/{started}/x", 600.0, 1)
    assert watched.audits_wait()
    again = {audit.id for audit in watched.claim_audits(new_owner(), 600.0, 100)}
    assert lost.id in again
    assert held.id not in again
    assert not watched.audits_wait()


def test_a_reference_that_failed_is_kept_with_what_it_said_and_cost(watched: ToolCache) -> None:
    watched.record(Batch(served(20)))
    [audit] = watched.claim_audits(new_owner(), 60.0, 1)
    watched.postpone_audit(audit.id, 0, "HTTP 503.", Usage(1, 7, 0), 0.0, "9")
    again = next(one for one in watched.claim_audits(new_owner(), 60.0, 100) if one.id == audit.id)
    assert (again.tries, again.reference, again.usage.tokens, again.why) == (1, "9", 7, "HTTP 503.")


def test_a_version_that_is_found_wrong_serves_no_more_and_its_case_stands(watched: ToolCache) -> None:
    watched.record(Batch(served(40)))
    before = watched.revision()
    settle(watched, WRONG)
    [tool] = watched.tools()
    task = watched.task("sorting")
    assert tool.status is ToolStatus.SUSPENDED
    assert task.tool_id is None
    assert watched.changes(before).known[0].tool is None
    assert task.examples[-1] == Example(task.examples[-1].question, "9", "test:strong")


def test_what_a_person_decides_is_in_the_certificate(watched: ToolCache) -> None:
    watched.retire("sorting")
    assert watched.certificates()[0].state.status is ToolStatus.RETIRED
    watched.restore("sorting")
    assert watched.certificates()[0].state.status is ToolStatus.SERVING


def test_a_goal_that_is_not_earned_sends_a_version_back_into_shadow(watched: ToolCache) -> None:
    watched.record(Batch(served(40)))
    settle(watched, RIGHT)
    watched.retarget(lambda _: Goal(0.05, audit_share=SHARE))
    [tool] = watched.tools()
    assert tool.status is ToolStatus.SHADOW
    assert watched.changes(0).known[0].shadow is not None
    direct = Answer("Sort 99", "99", Route.DIRECT, "sorting", serial="here-direct")
    watched.record(Batch([direct], shadows=[(direct, ["sorting"])]))
    [due] = watched.audits(verdict="")
    assert (due.source, due.reference, due.text) == (Source.SHADOW, "99", None)


def test_forgetting_empties_audits_and_one_without_a_verdict_counts_as_wrong_for_good(watched: ToolCache) -> None:
    watched.record(Batch(served(40)))
    drawn = len(watched.audits(limit=None))
    settle(watched, RIGHT, limit=3)
    watched.forget(Selection(task="sorting"))
    assert {(audit.question, audit.text, audit.reference) for audit in watched.audits(limit=None)} == {("", None, None)}
    assert not watched.audits_wait()
    [known] = watched.certificates()
    assert (known.bound.audits, known.bound.found) == (3, drawn - 3)


def test_the_ledger_keeps_what_was_billed_apart_from_what_was_avoided(watched: ToolCache) -> None:
    direct = [
        Answer(f"Ask {n}", "x", Route.DIRECT, "sorting", usage=Usage(1, 100, n), serial=f"d-{n}") for n in range(10)
    ]
    watched.record(Batch([*served(40), *direct]))
    audits = settle(watched, RIGHT)
    [book] = watched.ledger()
    assert {name: usage.tokens for name, usage in book.billed.items()} == {
        "direct": 1045, "dispatcher": 0, "making": 0, "audits": 15 * audits,
    }  # fmt: skip
    assert book.avoided_tokens is not None
    assert book.avoided_tokens.low < book.avoided_tokens.mean == 40 * 104.5 < book.avoided_tokens.high


def test_what_is_approved_earns_its_promotion_where_that_is_asked_of_it(cache: ToolCache) -> None:
    program = Program("SOURCE = 2")
    made = Making("sorting", Outcome.MADE, "passed every gate", program.id, "test:maker")
    cache.record_making(made, program, promote=False, goal=Goal(0.05, audit_share=SHARE))
    [approved] = cache.approve("sorting")
    assert approved.status is ToolStatus.SHADOW
    assert "compared" in cache.task("sorting").reason


def test_a_verdict_that_its_owner_says_twice_is_paid_once(watched: ToolCache) -> None:
    watched.record(Batch(served(20)))
    owner = new_owner()
    first, *_ = watched.claim_audits(owner, 60.0, 1)
    for _ in range(2):
        watched.settle_audits({first.id: verdict(RIGHT)}, owner=owner)
    assert watched.audits(verdict=RIGHT)[0].usage.calls == 1


def test_a_try_that_is_put_off_twice_is_paid_once(watched: ToolCache) -> None:
    watched.record(Batch(served(20)))
    first, *_ = watched.claim_audits(new_owner(), 60.0, 1)
    for _ in range(2):
        watched.postpone_audit(first.id, first.tries, "HTTP 503.", Usage(1, 7, 0), 0.0)
    again = next(audit for audit in watched.audits(limit=None) if audit.id == first.id)
    assert (again.tries, again.usage.calls) == (1, 1)
