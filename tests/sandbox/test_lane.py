"""Checks of tools run beside answers: neither waits for the other's workers, and answers go first."""

import asyncio

import pytest

from latm.sandbox import Isolation, lane
from latm.sandbox.jail import Jail
from latm.sandbox.lane import Aside, Lane
from latm.sandbox.protocol import Limits

pytestmark = pytest.mark.anyio

SLOW = "import time\ndef wait(seconds):\n    time.sleep(seconds)\n    return 'waited'\n"
QUICK = "def one():\n    return '1'\n"


async def test_a_check_does_not_wait_for_workers_that_answer() -> None:
    async with Jail(Limits(seconds=60), Isolation.SHARED, workers=1) as jail:
        answer = asyncio.create_task(jail.call(SLOW, "wait", 60))
        while jail._pool.answers.free:  # noqa: ASYNC110  # the pool tells nobody
            await asyncio.sleep(0)
        [checked] = await jail.batch(QUICK, "one", [()], isolation=Isolation.BATCH)
        assert checked.text == "1"
        assert not answer.done()
        answer.cancel()


async def test_after_a_check_answers_go_first_and_where_nobody_asks_the_next_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lane, "_LONGEST_SECONDS", 3600.0)
    monkeypatch.setattr(lane, "_LOOK_SECONDS", 0.0)
    answers = Lane(1)
    checks = Aside(1, answers)

    async def ask() -> None:
        await answers.enter()
        answers.leave()

    await checks.enter()
    await ask()
    checks.leave(3600.0)
    following = asyncio.create_task(checks.enter())
    for _ in range(100):
        await ask()
        await asyncio.sleep(0)
        assert not following.done()
    assert await following == 0


async def test_a_check_beside_which_nobody_asked_makes_none_wait() -> None:
    checks = Aside(1, Lane(1))
    await checks.enter()
    checks.leave(3600.0)
    assert await checks.enter() == 0
    assert checks._due == 0.0
