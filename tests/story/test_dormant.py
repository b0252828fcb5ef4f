"""A kind that has died out is looked up no more, stays on record, and finds its tool when it comes back."""

from pathlib import Path

import anyio
import pytest

from latm import AsyncLatm, Instance, Route, Settings
from latm.event import EventKind
from latm.models import Meter, Models
from latm.models.testing import ScriptedModel
from latm.provenance import Outcome
from latm.task import TaskStatus
from latm.tool import ToolStatus
from toy import sum_question, toy_reply

pytestmark = pytest.mark.anyio


def opened(tmp_path: Path, **values: object) -> AsyncLatm:
    model = ScriptedModel(toy_reply)
    given = {"store": f"sqlite:///{tmp_path / 'latm.db'}", "block": 8, "making_tokens": 50} | values
    return AsyncLatm(Settings.model_validate(given), models=Models(model, None, None, model, Meter()))


async def routes(latm: AsyncLatm, start: int, count: int) -> list[Route]:
    asked = [Instance(sum_question(n, n + 2)) for n in range(start, start + count)]
    return [answer.route async for answer in latm.run(asked, length=10_000)]


async def test_a_kind_that_died_out_rests_and_comes_back_to_its_tool(tmp_path: Path) -> None:
    async with opened(tmp_path) as latm:
        await routes(latm, 0, 24)
    await anyio.sleep(0.01)
    async with opened(tmp_path, dormant_days=0) as latm:
        with anyio.fail_after(20):
            while len(latm.snapshot):  # noqa: ASYNC110  # the writer's thread tells nobody
                await anyio.sleep(0.05)
        [task], [tool] = latm.cache.tasks(), latm.cache.tools()
        event = latm.cache.events()[-1]
    assert (task.status, tool.status) == (TaskStatus.DORMANT, ToolStatus.SERVING)
    assert (event.kind, event.evidence["what"]) == (EventKind.DRIFTED, "died out")
    async with opened(tmp_path) as latm:
        back = await routes(latm, 100, 400)
        outcomes = [making.outcome for making in latm.cache.makings()]
        tools = {tool.id for tool in latm.cache.tools()}
    assert (back[0], back[-1]) == (Route.DIRECT, Route.TOOL)
    assert outcomes == [Outcome.MADE, Outcome.REUSED]
    assert tools == {tool.id}


async def test_a_task_that_is_asked_for_or_pinned_never_rests(tmp_path: Path) -> None:
    async with opened(tmp_path) as latm:
        await routes(latm, 0, 24)
        assert latm.cache.rest_tasks("2000-01-01") == []
        [tool] = latm.cache.tools()
        await latm.tools.pin(tool.task)
        assert latm.cache.rest_tasks("9999-01-01") == []
