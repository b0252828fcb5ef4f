"""A kind whose wording changes: what its tool abstains from leads to a wider version of it, or to a kind of its own."""

import re
from pathlib import Path

import pytest

from latm import AsyncLatm, Instance, Route, Settings
from latm.event import EventKind
from latm.models import Meter, Models
from latm.models.port import Request
from latm.models.testing import ScriptedModel
from latm.store import Batch
from latm.task import Example
from latm.tool import ToolStatus
from toy import MAKER_STAGES, SUM_TOOL, sum_question

pytestmark = pytest.mark.anyio

NUMBERS = re.compile(r"\d+")
WIDE_TOOL = SUM_TOOL.replace(r"Reply with", r"(?:Reply|Answer) with")
OTHER_TOOL = SUM_TOOL.replace("Reply with", "Answer with")


def reworded(a: int, b: int) -> str:
    return sum_question(a, b).replace("Reply with", "Answer with")


def opened(tmp_path: Path, wider: str, **values: object) -> tuple[AsyncLatm, ScriptedModel]:
    def reply(request: Request) -> str:
        if request.purpose not in MAKER_STAGES:
            return str(sum(map(int, NUMBERS.findall(request.messages[-1].content))))
        talk = "\n".join(message.content for message in request.messages)
        if "abstains too often" in talk:
            return wider
        return SUM_TOOL if "Reply with" in talk.partition("Request:\n")[2] else OTHER_TOOL

    model = ScriptedModel(reply)
    models = Models(model, None, None, model, Meter())
    given = {"store": f"sqlite:///{tmp_path / 'latm.db'}", "block": 8, "making_tokens": 50} | values
    return AsyncLatm(Settings.model_validate(given), models=models), model


async def asked(latm: AsyncLatm) -> list[Route]:
    first = [Instance(sum_question(n, n + 2)) for n in range(32)]
    then = [Instance(reworded(n, n + 2)) for n in range(400)]
    old = [Instance(sum_question(n, n + 2)) for n in range(100, 108)]
    answers = [answer async for answer in latm.run([*first, *then, *old], length=440)]
    assert all(answer.text == str(sum(map(int, NUMBERS.findall(answer.question)))) for answer in answers)
    return [answer.route for answer in answers]


async def test_what_a_tool_abstains_from_widens_it(tmp_path: Path) -> None:
    latm, _ = opened(tmp_path, WIDE_TOOL)
    async with latm:
        routes = await asked(latm)
        [task], [first, second] = latm.cache.tasks(), latm.cache.tools()
        drifts = [event for event in latm.cache.events() if event.kind is EventKind.DRIFTED]
        books = latm.cache.ledger()
    assert set(routes[-150:]) == {Route.TOOL}
    assert (first.status, second.status) == (ToolStatus.SERVING, ToolStatus.SERVING)
    assert task.tool_id == second.id
    assert any("Answer with" in example.question for example in task.examples)
    assert [(event.version, event.evidence["what"]) for event in drifts] == [(1, "wording")]
    assert books[-1].billed["repairs"].calls > 0


@pytest.mark.parametrize("wider", [OTHER_TOOL, SUM_TOOL, "NO PROGRAM: it cannot be done"])
async def test_what_cannot_be_widened_is_a_kind_of_its_own_and_costs_one_try(tmp_path: Path, wider: str) -> None:
    latm, model = opened(tmp_path, wider)
    async with latm:
        routes = await asked(latm)
        tasks, tools = latm.cache.tasks(), latm.cache.tools()
    assert set(routes[-150:]) == {Route.TOOL}
    assert [(len(tasks)), len(tools)] == [2, 2]
    told = [
        request
        for request in model.requests
        if any("abstains too often" in message.content for message in request.messages)
    ]
    assert len(told) <= 6


async def test_a_tool_is_never_widened_where_no_repair_is_allowed(tmp_path: Path) -> None:
    latm, model = opened(tmp_path, WIDE_TOOL, repairs=0)
    async with latm:
        await asked(latm)
        tasks = latm.cache.tasks()
    assert len(tasks) == 2
    assert not any("abstains too often" in message.content for one in model.requests for message in one.messages)


async def test_a_kind_that_was_found_twice_becomes_one_for_no_tokens(tmp_path: Path) -> None:
    latm, model = opened(tmp_path, WIDE_TOOL)
    found = [[Example(sum_question(n, n + more), str(2 * n + more), "scripted") for n in range(12)] for more in (2, 3)]
    async with latm:
        for name, examples in zip(("sums", "sums again"), found, strict=True):
            latm.cache.record(Batch(examples=[(name, example) for example in examples]))
            latm._circle.watcher.refresh()
            await latm._circle.workshop.make_ripe([name])
        [task], [tool] = latm.cache.tasks(), latm.cache.tools()
    assert (task.name, tool.task) == ("sums", "sums")
    assert {example.question for example in found[1]} <= {example.question for example in task.examples}
    assert [request.purpose for request in model.requests] == ["propose"]
