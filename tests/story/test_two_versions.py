"""Two programs made apart: only what both agree on is answered, and each guard says what it caught."""

from pathlib import Path

import pytest

from latm import AsyncLatm, Instance, Route, Settings
from latm.models import Meter, Models
from latm.models.port import Request
from latm.models.testing import ScriptedModel
from latm.provenance import Outcome
from latm.store.guards import Guarded
from toy import SUM_TOOL, sum_question, toy_reply

pytestmark = pytest.mark.anyio

WRONG_ABOVE = SUM_TOOL.replace("return a + b", "return a + b if a < 60 else a - b")
OFF_FORM = SUM_TOOL.replace("return str(value)", "return str(value) if value < 200 else 'about ' + str(value)")
NO = "NO PROGRAM: it cannot be done"


def opened(tmp_path: Path, tools: list[str], **values: object) -> AsyncLatm:
    """The maker writes the next of the tools in each conversation, from its own examples."""
    left = list(tools)

    def reply(request: Request) -> str:
        return left.pop(0) if request.purpose == "propose" else toy_reply(request)

    model = ScriptedModel(reply)
    given = {"store": f"sqlite:///{tmp_path / 'latm.db'}", "block": 8, "making_tokens": 50, "versions": 2} | values
    return AsyncLatm(Settings.model_validate(given), models=Models(model, None, None, model, Meter()))


async def asked(latm: AsyncLatm, count: int) -> dict[Route, list[int]]:
    found: dict[Route, list[int]] = {}
    async for answer in latm.run([Instance(sum_question(n, n + 2), id=str(n)) for n in range(count)], length=count):
        assert answer.text == str(2 * int(answer.id) + 2)
        found.setdefault(answer.route, []).append(int(answer.id))
    return found


async def test_only_what_both_agree_on_is_answered(tmp_path: Path) -> None:
    async with opened(tmp_path, [SUM_TOOL, WRONG_ABOVE]) as latm:
        routes = await asked(latm, 80)
        [tool] = latm.cache.tools()
        guards = latm.cache.guards()[tool.task]
    assert routes[Route.TOOL] == list(range(8, 60))
    assert routes[Route.DIRECT] == [*range(8), *range(60, 80)]
    assert tool.second is not None
    assert guards["disagreed"] == Guarded(held=20, wrong=0)


async def test_a_guard_says_how_often_the_answer_that_it_held_back_was_wrong(tmp_path: Path) -> None:
    async with opened(tmp_path, [WRONG_ABOVE, SUM_TOOL]) as latm:
        await asked(latm, 80)
        [guards] = latm.cache.guards().values()
    assert guards["disagreed"] == Guarded(held=20, wrong=20)


async def test_an_answer_in_another_form_is_held_back(tmp_path: Path) -> None:
    async with opened(tmp_path, [OFF_FORM], versions=1) as latm:
        routes = await asked(latm, 120)
        guards = next(iter(latm.cache.guards().values()))
    assert routes[Route.TOOL] == list(range(8, 99))
    assert guards["form"].held == guards["form"].wrong > 0


async def test_without_a_second_program_there_is_no_tool(tmp_path: Path) -> None:
    async with opened(tmp_path, [SUM_TOOL, NO]) as latm:
        routes = await asked(latm, 40)
        [making] = latm.cache.makings()
    assert set(routes) == {Route.DIRECT}
    assert making.outcome is Outcome.FAILED
    assert "no second one" in making.reason


async def test_a_restart_knows_both(tmp_path: Path) -> None:
    async with opened(tmp_path, [SUM_TOOL, WRONG_ABOVE]) as latm:
        await asked(latm, 40)
    async with opened(tmp_path, []) as latm:
        answer = await latm.ask(sum_question(70, 72))
        assert (answer.route, answer.text, answer.guard) == (Route.DIRECT, "142", "disagreed")
