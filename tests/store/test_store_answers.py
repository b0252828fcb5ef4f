"""Answers on record, what they add up to, and the log that writes them in batches."""

import asyncio
import threading
from collections.abc import Sequence
from decimal import Decimal

import pytest

from latm.answer import Answer, Route
from latm.errors import StoreFullError
from latm.ledger import Usage
from latm.store import AnswerLog, RouteTotals, TaskTotals, ToolCache


def answered(number: int, task: str | None = None, route: Route = Route.TOOL, cost: str | None = "0") -> Answer:
    usage = Usage(1, 10, 5, None if cost is None else Decimal(cost))
    return Answer(f"question {number}", "text", route, task, usage=usage, seconds=0.5)


def test_answers_come_back_newest_first_and_whole(cache: ToolCache) -> None:
    first = Answer("q", "a", Route.TOOL, "sorting", "1234", Usage(), 0.25, "one parser accepted", "line 7")
    second = answered(2, "dates", Route.DIRECT, cost=None)
    cache.record_answers([first, second])
    assert cache.answers() == [second, first]
    assert cache.answers("sorting") == [first]
    assert cache.answers(limit=1) == [second]


def test_all_answers_come_back_where_no_limit_is_set(cache: ToolCache) -> None:
    cache.record_answers([answered(number) for number in range(150)])
    assert len(cache.answers()) == 100
    assert len(cache.answers(limit=None)) == 150


def test_nothing_is_recorded_of_nothing(cache: ToolCache) -> None:
    cache.record_answers([])
    assert cache.answers() == []
    assert cache.totals() == []


def test_totals_are_exact_by_task_and_route(cache: ToolCache) -> None:
    cache.record_answers([answered(number, "sorting", Route.DIRECT, "0.1") for number in range(3)])
    cache.record_answers([answered(3, "sorting", Route.DIRECT, "0.0000000001"), answered(4, "sorting")])
    cache.record_answers([answered(5, None, Route.DIRECT)])
    direct = RouteTotals(4, Usage(4, 40, 20, Decimal("0.3000000001")), 2.0)
    by_tool = RouteTotals(1, Usage(1, 10, 5), 0.5)
    assert cache.totals() == [
        TaskTotals(None, {Route.DIRECT: by_tool}),
        TaskTotals("sorting", {Route.DIRECT: direct, Route.TOOL: by_tool}),
    ]
    assert cache.totals()[1].all == RouteTotals(5, Usage(5, 50, 25, Decimal("0.3000000001")), 2.5)


def test_a_sum_with_an_unknown_price_is_unknown(cache: ToolCache) -> None:
    cache.record_answers([answered(1, cost="0.1"), answered(2, cost=None), answered(3, route=Route.DIRECT, cost="0.1")])
    (totals,) = cache.totals()
    assert totals.routes[Route.TOOL].usage == Usage(2, 20, 10, None)
    assert totals.routes[Route.DIRECT].usage.cost == Decimal("0.1")
    assert totals.all.usage.cost is None


class CountedCache:
    """Counts batches; refuses them while `full`."""

    def __init__(self, cache: ToolCache) -> None:
        self._cache = cache
        self.full = False
        self.batches: list[int] = []
        self.written = threading.Event()

    def record_answers(self, batch: Sequence[Answer]) -> None:
        if self.full:
            raise StoreFullError("Nothing more can be written.")
        self._cache.record_answers(batch)
        self.batches.append(len(batch))
        self.written.set()


@pytest.fixture
def counted(cache: ToolCache) -> CountedCache:
    return CountedCache(cache)


@pytest.mark.anyio
async def test_closing_writes_all_that_waits(cache: ToolCache) -> None:
    async with AnswerLog(cache, seconds=3600) as log:
        for number in range(5):
            await log.put(answered(number))
    assert [answer.question for answer in cache.answers()] == [f"question {number}" for number in range(5)][::-1]


@pytest.mark.anyio
@pytest.mark.parametrize(("size", "seconds"), [(3, 3600.0), (1000, 0.01)])
async def test_a_batch_is_written_when_it_is_full_or_when_it_is_time(
    counted: CountedCache, size: int, seconds: float
) -> None:
    log = AnswerLog(counted, size=size, seconds=seconds)
    for number in range(3):
        await log.put(answered(number))
    assert await asyncio.to_thread(counted.written.wait, 30)
    await log.close()
    assert counted.batches[0] == sum(counted.batches) == 3


@pytest.mark.anyio
async def test_after_a_flush_all_that_was_put_is_written(cache: ToolCache) -> None:
    async with AnswerLog(cache, seconds=3600) as log:
        await log.put(answered(1))
        await log.flush()
        assert len(cache.answers()) == 1
        assert log.waiting == 0


@pytest.mark.anyio
async def test_what_could_not_be_written_is_said_at_every_turn_and_kept(
    cache: ToolCache, counted: CountedCache
) -> None:
    log = AnswerLog(counted, seconds=3600)
    counted.full = True
    await log.put(answered(1))
    with pytest.raises(StoreFullError):
        await log.flush()
    with pytest.raises(StoreFullError):
        await log.put(answered(2))
    with pytest.raises(StoreFullError):
        await log.close()
    assert log.waiting == 2

    counted.full = False
    await log.flush()
    await log.put(answered(3))
    await log.close()
    assert [answer.question for answer in cache.answers()] == ["question 3", "question 2", "question 1"]


@pytest.mark.anyio
async def test_a_failure_in_the_background_comes_out_at_the_next_put(counted: CountedCache) -> None:
    counted.full = True
    log = AnswerLog(counted, seconds=0.001)
    with pytest.raises(StoreFullError):
        await put_one_by_one(log)
    counted.full = False
    await log.close()


async def put_one_by_one(log: AnswerLog) -> None:
    for number in range(10_000):
        await log.put(answered(number))
        await asyncio.sleep(0.001)


@pytest.mark.anyio
async def test_a_cancelled_flush_writes_no_answer_twice(cache: ToolCache) -> None:
    log = AnswerLog(cache, seconds=3600)
    for number in range(50):
        await log.put(answered(number))
        flush = asyncio.create_task(log.flush())
        await asyncio.sleep(0)
        flush.cancel()
    await log.close()
    assert [answer.question for answer in cache.answers()] == [f"question {number}" for number in range(50)][::-1]


@pytest.mark.anyio
async def test_many_tasks_may_put_at_once(cache: ToolCache) -> None:
    async with AnswerLog(cache, size=7, seconds=0.001) as log, asyncio.TaskGroup() as group:
        for number in range(500):
            group.create_task(log.put(answered(number)))
    assert len({answer.question for answer in cache.answers(limit=None)}) == 500
