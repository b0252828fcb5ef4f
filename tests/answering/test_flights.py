"""Single flight: equal questions at once are one call, each caller with an answer of its own."""

import asyncio
from pathlib import Path

import pytest

from latm import Answer, AsyncLatm, Question, Scope, Settings
from latm.answering.flights import Flights
from latm.errors import PassingModelError
from latm.models import Meter, Models
from latm.models.metering import Metered
from latm.models.port import Completion, Request
from latm.models.testing import ScriptedModel

pytestmark = pytest.mark.anyio


class Slow(ScriptedModel):
    """Answers once it is let."""

    def __init__(self, *script: str | Exception) -> None:
        super().__init__(script)
        self.let = asyncio.Event()

    async def complete(self, request: Request) -> Completion:
        await self.let.wait()
        return await super().complete(request)


def opened(tmp_path: Path, model: ScriptedModel) -> AsyncLatm:
    meter = Meter()
    models = Models(None, None, None, Metered(model, meter, "direct"), meter)
    return AsyncLatm(Settings(store=f"sqlite:///{tmp_path / 'latm.db'}"), models=models)


async def gathered(model: Slow, asked: "list[asyncio.Task[Answer]]") -> list[Answer]:
    while len(model.requests) < 1 and not model.let.is_set():
        await asyncio.sleep(0.01)
        model.let.set()
    return await asyncio.gather(*asked)


async def test_equal_questions_at_once_are_one_call_each_with_an_answer_of_its_own(tmp_path: Path) -> None:
    model = Slow("blue", "red")
    async with opened(tmp_path, model) as latm:
        asked = [asyncio.create_task(latm.ask(Question("Why?", id=str(n)))) for n in range(100)]
        answers = await gathered(model, asked)
        assert len(model.requests) == 1
        assert [answer.id for answer in answers] == [str(n) for n in range(100)]
        assert {answer.text for answer in answers} == {"blue"}
        assert sum(answer.usage.calls for answer in answers) == 1
        assert sum(answer.usage.tokens for answer in answers) == latm.models.meter.total().tokens
        assert sum("shared" in answer.evidence for answer in answers) == 99
        assert (await latm.ask("Why?")).text == "red", "nothing is kept once it is answered"


async def test_equal_questions_of_other_scopes_are_calls_of_their_own(tmp_path: Path) -> None:
    model = Slow("blue", "red")
    async with opened(tmp_path, model) as latm:
        asked = [asyncio.create_task(latm.ask(Question("Why?", Scope(project)))) for project in ("a", "b", "a", "b")]
        answers = await gathered(model, asked)
    assert len(model.requests) == 2
    assert answers[0].text == answers[2].text != answers[1].text == answers[3].text


async def test_a_failure_is_shared_and_never_kept(tmp_path: Path) -> None:
    model = Slow(PassingModelError("HTTP 503."), "blue")
    async with opened(tmp_path, model) as latm:
        answers = await gathered(model, [asyncio.create_task(latm.ask("Why?")) for _ in range(10)])
        assert {answer.ok for answer in answers} == {False}
        assert len(model.requests) == 1
        assert (await latm.ask("Why?")).text == "blue"


@pytest.mark.parametrize("gone", [0, 2, 4])
async def test_a_caller_that_gives_up_takes_nothing_from_the_others(tmp_path: Path, gone: int) -> None:
    model = Slow("blue")
    async with opened(tmp_path, model) as latm:
        asked = [asyncio.create_task(latm.ask("Why?")) for _ in range(5)]
        await asyncio.sleep(0.05)
        asked.pop(gone).cancel()
        answers = await gathered(model, asked)
    assert [answer.text for answer in answers] == ["blue"] * 4
    assert sum(answer.usage.calls for answer in answers) == 1


async def test_work_that_nobody_waits_for_any_more_ends() -> None:
    flights: Flights[str] = Flights()
    ended = asyncio.Event()

    async def work() -> str:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return "done"

    callers = [asyncio.create_task(flights.share("key", work)) for _ in range(2)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for caller in callers:
        caller.cancel()
    await asyncio.wait_for(ended.wait(), 5)
    assert not flights._under_way
