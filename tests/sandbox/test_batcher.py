"""Calls that come at the same time go to a worker together, and none of them hears of the others."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from latm.sandbox import Isolation, Verdict
from latm.sandbox.batcher import Batcher
from latm.sandbox.conformance import LIMITS
from latm.sandbox.jail import Jail
from latm.sandbox.messages import MANY
from latm.sandbox.protocol import Result
from latm.sandbox.wire import NotPlainError

pytestmark = pytest.mark.anyio

PROGRAM = """
def twice(number):
    while number == "hang":
        pass
    return number * 2
"""


class Runs:
    """Stands for the workers: notes each batch, and answers once it may; a call takes as long as is said."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.batches: list[list[Any]] = []
        self.may_end = asyncio.Event()
        self.broken_off = 0
        self._begun: asyncio.Queue[None] = asyncio.Queue()
        self._seconds = seconds

    async def __call__(self, items: Sequence[Sequence[Any]]) -> list[Result]:
        values = [one for (one,) in items]
        self.batches.append(values)
        self._begun.put_nowait(None)
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.broken_off += 1
            raise
        if "bad" in values:
            raise NotPlainError("an argument is not JSON")
        return [Result(Verdict.OK, f"{value}", seconds=self._seconds) for value in values]

    async def began(self, count: int) -> None:
        """Wait until so many more batches have begun."""
        for _ in range(count):
            await self._begun.get()


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def known(runs: Runs, batcher: Batcher) -> None:
    """Let it know how long a call takes."""
    runs.may_end.set()
    await batcher.call(["first"])
    await runs.began(1)
    runs.may_end.clear()
    runs.batches.clear()


def many(batcher: Batcher, values: Sequence[Any]) -> list["asyncio.Task[Result]"]:
    return [asyncio.create_task(batcher.call([value])) for value in values]


async def test_what_comes_while_a_batch_is_under_way_goes_together_with_the_next() -> None:
    runs = Runs()
    batcher = Batcher(runs, workers=1)
    await known(runs, batcher)
    calls = many(batcher, range(10))
    await settled()
    runs.may_end.set()
    assert [result.text for result in await asyncio.gather(*calls)] == [f"{number}" for number in range(10)]
    assert runs.batches == [[0], [*range(1, 10)]]


@pytest.mark.parametrize(("seconds", "begun"), [(0.0, [1]), (0.1, [1, 1, 1])])
async def test_a_quick_tools_calls_wait_for_each_other_and_a_slow_ones_spread_over_all_workers(
    seconds: float, begun: list[int]
) -> None:
    runs = Runs(seconds)
    batcher = Batcher(runs, workers=3)
    await known(runs, batcher)
    calls = many(batcher, range(MANY + 1))
    await settled()
    assert [len(batch) for batch in runs.batches] == begun
    runs.may_end.set()
    await asyncio.gather(*calls)


async def test_a_batch_that_is_late_holds_up_nobody_where_another_worker_is_free() -> None:
    runs = Runs()
    batcher = Batcher(runs, workers=2)
    await known(runs, batcher)
    calls = many(batcher, range(2))
    await runs.began(2)
    assert runs.batches == [[0], [1]]
    runs.may_end.set()
    await asyncio.gather(*calls)


async def test_one_callers_mistake_is_not_the_others() -> None:
    runs = Runs()
    batcher = Batcher(runs, workers=1)
    await known(runs, batcher)
    calls = many(batcher, ["a", "b", "bad", "c"])
    await settled()
    runs.may_end.set()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [outcome.text if isinstance(outcome, Result) else type(outcome) for outcome in outcomes] == [
        *("a", "b"),
        NotPlainError,
        "c",
    ]


async def test_a_batch_goes_on_until_the_last_caller_has_left() -> None:
    runs = Runs()
    batcher = Batcher(runs, workers=2)
    await known(runs, batcher)
    first, *others = many(batcher, range(3))
    await runs.began(2)
    others[0].cancel()
    await settled()
    assert runs.broken_off == 0
    others[1].cancel()
    await settled()
    assert runs.broken_off == 1
    runs.may_end.set()
    assert (await first).text == "0"


async def test_closing_leaves_nobody_waiting() -> None:
    runs = Runs()
    batcher = Batcher(runs, workers=2)
    await known(runs, batcher)
    first, *others = many(batcher, range(3))
    await runs.began(2)
    others += many(batcher, range(3, 5))
    await settled()
    await batcher.close()
    await settled()
    assert all(call.cancelled() for call in others)
    runs.may_end.set()
    await first


async def test_of_many_calls_at_once_one_that_hangs_costs_no_other_its_answer() -> None:
    async with Jail(LIMITS, Isolation.SHARED, workers=2) as jail:
        wanted: list[Any] = [*range(20), "hang", *range(20, 40)]
        results = await asyncio.gather(*(jail.call(PROGRAM, "twice", value) for value in wanted))
    verdicts = [result.verdict for result in results]
    assert verdicts == [Verdict.TIME if value == "hang" else Verdict.OK for value in wanted]
    assert [result.value for result in results if result.verdict is Verdict.OK] == [2 * number for number in range(40)]
