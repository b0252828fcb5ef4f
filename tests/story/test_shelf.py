"""What a person decides about tools, and what is missing for one."""

from pathlib import Path

import pytest

from latm import AsyncLatm, Example, Latm, Route, Settings
from latm.errors import NotFoundError, PassingModelError, StoreError
from latm.models import Meter, Models
from latm.models.testing import ScriptedModel
from latm.observing import AwaitsApproval, Notice
from latm.provenance import Making, Outcome
from latm.store import ToolCache
from latm.task import TaskStatus
from latm.tool import Program, ToolStatus
from toy import SUM_TOOL, sum_question, taste_question, toy_reply

pytestmark = pytest.mark.anyio

SUMS = [Example(sum_question(n, n + 2), str(2 * n + 2)) for n in range(6)]


class Heard:
    def __init__(self) -> None:
        self.events: list[Notice] = []

    def on_event(self, event: Notice, /) -> None:
        self.events.append(event)


def opened(tmp_path: Path, reply: object = toy_reply, **values: object) -> tuple[AsyncLatm, ScriptedModel, Heard]:
    model, heard = ScriptedModel(reply), Heard()  # type: ignore[arg-type]  # a reply, or a function to one
    models = Models(maker=model, user=None, dispatcher=None, direct=model, meter=Meter())
    given = {"store": f"sqlite:///{tmp_path / 'latm.db'}", "making_tokens": 50} | values
    return AsyncLatm(Settings.model_validate(given), models=models, observer=heard), model, heard


async def test_what_a_person_decides_serves_at_once(tmp_path: Path) -> None:
    latm, _, _ = opened(tmp_path)
    question = sum_question(30, 12)
    async with latm:
        await latm.make("sums", SUMS)
        [tool] = await latm.tools.list()
        assert (await latm.ask(question)).route is Route.TOOL
        await latm.tools.retire("sums", why="it looks odd")
        assert (await latm.ask(question)).route is Route.DIRECT
        await latm.tools.restore(tool.id)
        await latm.tools.rename("sums", "additions")
        assert (await latm.ask(question)).task == "additions"
        record = await latm.tools.show("additions")
        assert [event.why for event in record.events if event.kind == "retired"] == ["it looks odd"]
        assert "def parse" in await latm.tools.export("additions")
        await latm.tools.delete("additions")
        assert (await latm.ask(question)).route is Route.DIRECT
        assert not await latm.tools.list()
        with pytest.raises(NotFoundError):
            await latm.tools.show("additions")


def statuses(latm: AsyncLatm) -> dict[str, TaskStatus]:
    return {known.task.name: known.task.status for known in latm.snapshot.known}


async def test_kinds_are_merged_into_one_that_a_tool_serves_and_split_again(tmp_path: Path) -> None:
    latm, _, _ = opened(tmp_path)
    tastes = [Example(taste_question(n, 3), "the herons") for n in range(4)]
    async with latm:
        await latm.make("sums", SUMS)
        await latm.learn("tastes", tastes)
        await latm.tools.merge("tastes", ["sums"])
        assert statuses(latm) == {"tastes": TaskStatus.COLLECTING, "sums": TaskStatus.MERGED}
        await latm.tools.unmerge("sums")
        assert (await latm.ask(sum_question(29, 12))).route is Route.TOOL
        await latm.tools.merge("sums", ["tastes"])
        assert statuses(latm) == {"sums": TaskStatus.SERVED, "tastes": TaskStatus.MERGED}
        assert (await latm.ask(sum_question(30, 12))).route is Route.TOOL
        parts = await latm.tools.split("sums", containing="herons")
        sizes = [len((await latm.tools.show(name)).task.examples) for name in parts]
        assert sorted(sizes) == [len(tastes), len(SUMS)]
        assert (await latm.ask(sum_question(31, 12))).route is Route.DIRECT


def test_a_pinned_version_keeps_its_place_and_its_task(tmp_path: Path) -> None:
    with ToolCache.open(f"sqlite:///{tmp_path / 'latm.db'}") as cache:
        cache.add_examples("sums", SUMS)
        first, second = Program("# one\n"), Program("# two\n")
        cache.record_making(Making("sums", Outcome.MADE, "", first.id, ""), first)
        cache.pin("sums")
        cache.record_making(Making("sums", Outcome.MADE, "", second.id, ""), second)
        assert [(tool.id, tool.pinned) for tool in cache.tools()] == [(first.id, True), (second.id, False)]
        assert cache.tool("sums").id == first.id
        assert cache.changes(0).known[0].tool == cache.tool("sums")
        with pytest.raises(StoreError, match="pinned"):
            cache.delete_task("sums")
        cache.pin("sums", pinned=False)
        assert cache.tool("sums").id == second.id
        cache.pin(first.id)
        cache.retire(first.id)
        assert cache.tool("sums").id == second.id, "a pin keeps no tool that was retired"
        with pytest.raises(NotFoundError, match="serve"):
            cache.pin(first.id)


async def test_where_a_person_approves_tools_a_version_waits_until_then_and_is_made_once(tmp_path: Path) -> None:
    latm, model, heard = opened(tmp_path, approval=True, block=4)
    stream = [sum_question(n, n + 2) for n in range(60)]
    async with latm:
        answers = [answer async for answer in latm.run(stream, length=60)]
        assert {answer.route for answer in answers} == {Route.DIRECT}
        [task] = latm.cache.tasks()
        assert task.status is TaskStatus.WAITING
        [waiting] = [event for event in heard.events if isinstance(event, AwaitsApproval)]
        assert sum(request.purpose == "propose" for request in model.requests) == 1
        assert "approve" in (await latm.why(task.name)).missing[0]
        await latm.tools.approve(waiting.tool, why="read it")
        assert (await latm.ask(sum_question(70, 7))).route is Route.TOOL
        assert (await latm.why(task.name)).missing == ()
        with pytest.raises(NotFoundError, match="waits"):
            await latm.tools.approve(task.name)


async def test_a_version_that_a_person_refuses_does_not_serve(tmp_path: Path) -> None:
    latm, _, _ = opened(tmp_path, approval=True)
    async with latm:
        await latm.make("sums", SUMS)
        [refused] = await latm.tools.retire((await latm.tools.list())[0].id)
        assert refused.status is ToolStatus.RETIRED
        assert latm.cache.task("sums").status is TaskStatus.COLLECTING


async def test_why_tells_what_is_missing_in_numbers(tmp_path: Path) -> None:
    latm, _, _ = opened(tmp_path, making_tokens=100_000)
    async with latm:
        await latm.learn("sums", SUMS[:2])
        few = await latm.why("sums")
        assert (few.examples, few.examples_needed, few.pays_from) == (2, 6, None)
        assert "6 different examples, and there are 2" in few.missing[0]
        async for _ in latm.run([sum_question(n, n + 2) for n in range(10, 50)]):
            pass
        rare = await latm.why("sums")
        assert (rare.came, rare.expected) == (40, 40.0)
        assert rare.pays_from
        assert "a tool pays from" in rare.missing[0]
        with pytest.raises(NotFoundError):
            await latm.why("sms")


async def test_why_tells_of_a_making_that_failed_and_when_it_is_tried_again(tmp_path: Path) -> None:
    def reply(request: object) -> str | Exception:
        return PassingModelError("HTTP 503.") if request.purpose == "propose" else toy_reply(request)  # type: ignore[attr-defined,arg-type]  # a Request

    latm, _, _ = opened(tmp_path, reply, retries=0, block=8)
    async with latm:
        async for _ in latm.run([sum_question(n, n + 2) for n in range(16)]):
            pass
        [task] = latm.cache.tasks()
        away = await latm.why(task.name)
    assert away.failures >= 1
    assert away.retry_in > 0
    assert "HTTP 503" in away.missing[0]


async def test_a_kind_that_no_program_can_do_says_so(tmp_path: Path) -> None:
    latm, _, _ = opened(tmp_path)
    async with latm:
        await latm.make("taste", [Example(taste_question(n, n + 2), "hard") for n in range(6)])
        assert "a poet" in (await latm.why("taste")).missing[0]


async def test_a_making_that_led_to_nothing_leaves_no_empty_task(tmp_path: Path) -> None:
    latm, _, _ = opened(tmp_path)
    async with latm:
        latm.cache.record_making(Making("nothing", Outcome.FAILED, "no proposal ran", None, ""), None)
        assert not latm.cache.tasks()
        assert [making.task for making in latm.cache.makings()] == ["nothing"]


def test_tools_without_an_event_loop(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'latm.db'}"
    with ToolCache.open(url) as cache:
        cache.add_examples("sums", SUMS)
        program = Program(SUM_TOOL.removeprefix("```python\n").removesuffix("```"))
        cache.record_making(Making("sums", Outcome.MADE, "", program.id, ""), program)
    with Latm(Settings(store=url)) as latm:
        assert latm.ask(sum_question(1, 2)).text == "3"
        assert [tool.id for tool in latm.tools.pin("sums")] == [program.id]
        latm.tools.pin("sums", pinned=False)
        assert [tool.status for tool in latm.tools.retire("sums")] == [ToolStatus.RETIRED]
        latm.tools.restore("sums")
        latm.tools.rename("sums", "additions")
        assert latm.tools.show("additions").task.name == "additions"
        assert latm.tools.export("additions").endswith(program.source)
        assert latm.why("additions").missing == ()
        latm.tools.delete("additions")
        assert not latm.tools.list()
