"""Answers on record, and what they add up to."""

from dataclasses import replace
from decimal import Decimal

import pytest

from latm.answer import Answer, Route
from latm.ledger import Usage
from latm.question import Scope
from latm.store import Batch, RouteTotals, TaskTotals, ToolCache
from latm.store.guards import Guarded
from latm.task import Record


def answered(number: int, task: str | None = None, route: Route = Route.TOOL, cost: str | None = "0") -> Answer:
    usage = Usage(1, 10, 5, None if cost is None else Decimal(cost))
    return Answer(f"question {number}", "text", route, task, usage=usage, seconds=0.5)


def test_answers_come_back_newest_first_and_whole(cache: ToolCache) -> None:
    scope = Scope("tenant", "Answer in one word.", "word")
    first = Answer("q", "a", Route.TOOL, "sorting", "1234", Usage(), 0.25, "one parser accepted", "line 7", scope)
    second = answered(2, "dates", Route.DIRECT, cost=None)
    cache.record(Batch([first, second]))
    assert cache.answers() == [second, first]
    assert cache.answers("sorting") == [first]
    assert cache.answers(limit=1) == [second]


def test_all_answers_come_back_where_no_limit_is_set(cache: ToolCache) -> None:
    cache.record(Batch([answered(number) for number in range(150)]))
    assert len(cache.answers()) == 100
    assert len(cache.answers(limit=None)) == 150


def test_every_answer_that_a_guard_held_back_counts_also_in_one_batch(cache: ToolCache) -> None:
    cache.add_examples("sorting", [])
    held = [replace(answered(number, "sorting", Route.DIRECT), guard="form", held=text)
            for number, text in enumerate(("text", "another"))]  # fmt: skip
    cache.record(Batch(held))
    assert cache.guards() == {"sorting": {"form": Guarded(held=2, wrong=1)}}


def test_a_failed_answer_says_why(cache: ToolCache) -> None:
    failed = Answer("q", "", Route.FAILED, reason="timeout")
    cache.record(Batch([failed]))
    assert cache.answers() == [failed]
    assert not failed.ok


def test_the_newest_direct_answer_to_a_request_is_found_by_its_name(cache: ToolCache) -> None:
    def named(name: str, text: str, route: Route = Route.DIRECT) -> Answer:
        return Answer("q", text, route, serial=f"serial {text}", exact=name)

    cache.record(Batch([named("a", "old"), named("b", "other"), named("a", "new"), answered(1, route=Route.DIRECT)]))
    cache.record(Batch([named("a", "served", Route.EXACT)]))
    assert cache.exact(["a", "b", "c"], "") == {"a": "new", "b": "other"}
    assert cache.exact(["a"], "9999") == {}
    [said] = [one.audit for one in cache.answered(["serial served"]) if one.is_exact]
    assert cache.report([replace(said, verdict="wrong")]) == (1, [])
    assert cache.exact(["a", "b"], "") == {"b": "other"}


@pytest.mark.parametrize(("share", "drawn"), [(0.0, 0), (1.0, 40)])
def test_answers_that_came_of_earlier_ones_are_audited_by_the_coin(cache: ToolCache, share: float, drawn: int) -> None:
    cache.record(Batch(came={"dates": Record(came=1)}))
    answers = [Answer("q", "text", Route.EXACT, "dates", serial=f"{n}", exact="a") for n in range(40)]
    assert cache.record(Batch(answers, audit=share)).due == drawn
    assert {(one.task, one.version, one.source) for one in cache.audits()} == (
        {("dates", 0, "exact")} if drawn else set()
    )
    assert cache.certificates() == []


def test_nothing_is_recorded_of_nothing(cache: ToolCache) -> None:
    cache.record(Batch([]))
    assert cache.answers() == []
    assert cache.totals() == []


def test_totals_are_exact_by_task_and_route(cache: ToolCache) -> None:
    cache.record(Batch([answered(number, "sorting", Route.DIRECT, "0.1") for number in range(3)]))
    cache.record(Batch([answered(3, "sorting", Route.DIRECT, "0.0000000001"), answered(4, "sorting")]))
    cache.record(Batch([answered(5, None, Route.DIRECT)]))
    direct = RouteTotals(4, Usage(4, 40, 20, Decimal("0.3000000001")), 2.0)
    by_tool = RouteTotals(1, Usage(1, 10, 5), 0.5)
    assert cache.totals() == [
        TaskTotals(None, {Route.DIRECT: by_tool}),
        TaskTotals("sorting", {Route.DIRECT: direct, Route.TOOL: by_tool}),
    ]
    assert cache.totals()[1].all == RouteTotals(5, Usage(5, 50, 25, Decimal("0.3000000001")), 2.5)


def test_a_sum_with_an_unknown_price_is_unknown(cache: ToolCache) -> None:
    cache.record(Batch([answered(1, cost="0.1"), answered(2, cost=None), answered(3, route=Route.DIRECT, cost="0.1")]))
    (totals,) = cache.totals()
    assert totals.routes[Route.TOOL].usage == Usage(2, 20, 10, None)
    assert totals.routes[Route.DIRECT].usage.cost == Decimal("0.1")
    assert totals.all.usage.cost is None
