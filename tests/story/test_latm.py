"""The story: questions in, tools made on the way, answers out, whatever happens in between."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from latm import Answer, AsyncLatm, Instance, Latm, Route, Settings
from latm.errors import BudgetError, LatmError, ProviderError, SettingsError
from latm.models import Meter, Models
from latm.models.port import Request
from latm.models.testing import ScriptedModel
from latm.provenance import Outcome
from latm.sandbox.conversation import Worker
from latm.sandbox.pool import Pool
from latm.store import ToolCache
from latm.task import Example, TaskStatus
from toy import SUM_TOOL, sum_question, taste_question, toy_reply

pytestmark = pytest.mark.anyio

SUMS = [Instance(sum_question(n, n + 2), id=str(n)) for n in range(40)]


def models(reply: Callable[[Request], str | Exception] = toy_reply) -> tuple[Models, ScriptedModel]:
    model = ScriptedModel(reply)
    return Models(maker=model, user=model, dispatcher=None, direct=model, meter=Meter()), model


def settings(tmp_path: Path, **values: object) -> Settings:
    return Settings.model_validate(
        {"store": f"sqlite:///{tmp_path / 'latm.db'}", "block": 8, "making_tokens": 50} | values
    )


async def answers_to(latm: AsyncLatm, stream: list[Instance]) -> list[Answer]:
    return [answer async for answer in latm.run(stream, length=len(stream))]


async def collect(latm: AsyncLatm, answered: list[Answer]) -> None:
    async for answer in latm.run(SUMS):
        answered.append(answer)  # noqa: PERF401  # what came before an error is wanted too


async def test_a_stream_of_one_kind_gets_a_tool_and_no_model_call_from_then_on(tmp_path: Path) -> None:
    opened, model = models()
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        answers = await answers_to(latm, SUMS)
    assert [answer.text for answer in answers] == [str(2 * n + 2) for n in range(40)]
    assert [answer.route for answer in answers] == [Route.DIRECT] * 8 + [Route.TOOL] * 32
    assert len(model.requests) == 8 + 1
    assert {answer.usage.calls for answer in answers[8:]} == {0}


async def test_a_kind_that_no_program_can_do_stays_with_the_model(tmp_path: Path) -> None:
    opened, model = models()
    stream = [Instance(taste_question(n, n + 2)) for n in range(40)]
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        answers = await answers_to(latm, stream)
        [task] = latm.cache.tasks()
    assert {answer.route for answer in answers} == {Route.DIRECT}
    assert task.status is TaskStatus.UNTOOLABLE
    assert sum(request.purpose == "propose" for request in model.requests) == 1


async def test_mixed_kinds_are_told_apart_without_labels(tmp_path: Path) -> None:
    opened, _ = models()
    stream = [item for n in range(24) for item in (SUMS[n], Instance(taste_question(n, n + 2)))]
    async with AsyncLatm(settings(tmp_path, block=16), models=opened) as latm:
        answers = await answers_to(latm, stream)
    late = answers[16:]
    assert {answer.route for answer in late[::2]} == {Route.TOOL}
    assert {answer.route for answer in late[1::2]} == {Route.DIRECT}


async def test_what_a_tool_is_not_sure_of_goes_to_the_model(tmp_path: Path) -> None:
    opened, _ = models()
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        await answers_to(latm, SUMS[:16])
        assert (await latm.ask(sum_question(1, 2) + " Then multiply the result by two.")).route is Route.DIRECT


async def test_the_tool_user_fills_in_arguments_where_the_parser_abstains(tmp_path: Path) -> None:
    def reply(request: Request) -> str:
        return '{"a": 30, "b": 12}' if request.purpose == "tool-user" else toy_reply(request)

    opened, _ = models(reply)
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        await answers_to(latm, SUMS[:16])
        answer = await latm.ask("Add the numbers thirty and twelve. Reply with the sum only.")
    assert (answer.text, answer.route) == ("42", Route.TOOL_USER)
    assert answer.usage.calls == 1


@pytest.mark.parametrize(
    "arguments",
    ["null", "[]", "I do not know", '{"a": 1}', '{"a": 1, "b": 2, "c": 3}', '{"a": "one", "b": 2}', "{"],
)
async def test_arguments_that_do_not_fit_lead_on_to_the_direct_answer(tmp_path: Path, arguments: str) -> None:
    opened, _ = models(lambda request: arguments if request.purpose == "tool-user" else toy_reply(request))
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        await answers_to(latm, SUMS[:16])
        answer = await latm.ask("Add the numbers one and 2. Reply with the sum only.")
    assert answer.route is Route.DIRECT


async def test_tools_outlive_the_process_and_need_no_model(tmp_path: Path) -> None:
    opened, _ = models()
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        await answers_to(latm, SUMS[:16])
    async with AsyncLatm(settings(tmp_path)) as latm:
        assert (await latm.ask(sum_question(20, 22))).text == "42"
        unknown = await latm.ask("Who wrote Faust?")
    assert unknown.route is Route.FAILED
    assert "no model is set" in unknown.evidence


async def test_a_passing_failure_fails_one_question_and_not_the_run(tmp_path: Path) -> None:
    def reply(request: Request) -> str | Exception:
        broken = sum_question(3, 5) in request.messages[-1].content and request.purpose == "direct"
        return passing() if broken else toy_reply(request)

    opened, _ = models(reply)
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        answers = await answers_to(latm, SUMS)
    assert [answer.id for answer in answers if answer.route is Route.FAILED] == ["3"]


def passing() -> Exception:
    from latm.errors import PassingModelError

    return PassingModelError("The server is overloaded.")


@pytest.mark.parametrize("error", [BudgetError("The budget is spent."), ProviderError("There is no key.")])
async def test_a_lasting_failure_stops_the_run_and_keeps_what_was_answered(tmp_path: Path, error: LatmError) -> None:
    def reply(request: Request) -> str | Exception:
        return error if sum_question(12, 14) in request.messages[-1].content else toy_reply(request)

    opened, _ = models(reply)
    answered: list[Answer] = []
    async with AsyncLatm(settings(tmp_path, making="never"), models=opened) as latm:
        with pytest.raises(type(error)):
            await collect(latm, answered)
    assert [answer.id for answer in answered] == [str(n) for n in range(12)]
    with ToolCache.open(settings(tmp_path).store) as cache:
        assert len(cache.answers()) == 15


async def test_a_making_that_was_interrupted_resumes_without_paying_twice(tmp_path: Path) -> None:
    examples = [Example(sum_question(n, n + 1), str(2 * n + 1)) for n in range(1, 7)]
    replies: Iterator[str | Exception] = iter(["no module at all", BudgetError("The budget is spent."), SUM_TOOL])
    opened, model = models(lambda _: next(replies))
    with pytest.raises(BudgetError):
        async with AsyncLatm(settings(tmp_path), models=opened) as latm:
            await latm.make("sums", examples)
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        making = await latm.make("sums", examples)
    assert making.outcome is Outcome.MADE
    assert len(model.requests) == 3
    assert [attempt.gate for attempt in making.attempts] == ["form", ""]


async def test_a_making_takes_four_fresh_workers_beside_the_one_that_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    load = Pool._load

    async def counted(pool: Pool, program: str) -> Worker:
        loaded.append(program)
        return await load(pool, program)

    monkeypatch.setattr(Pool, "_load", counted)
    examples = [Example(sum_question(n, n + 1), str(2 * n + 1)) for n in range(1, 7)]
    opened, _ = models(lambda _: SUM_TOOL)
    async with AsyncLatm(settings(tmp_path), models=opened) as latm:
        loaded.clear()  # the jail tries itself when it opens
        assert (await latm.make("sums", examples)).outcome is Outcome.MADE
        assert len(loaded) <= 4
        assert (await latm.ask(sum_question(7, 8))).route is Route.TOOL
    assert len(loaded) <= 5


async def test_a_tool_that_another_process_made_is_found(tmp_path: Path) -> None:
    opened, _ = models()
    async with AsyncLatm(settings(tmp_path)) as other:
        assert (await other.ask(SUMS[0].question)).route is Route.FAILED
        async with AsyncLatm(settings(tmp_path), models=opened) as latm:
            await answers_to(latm, SUMS[:16])
        await asyncio.sleep(1.0)
        assert (await other.ask(SUMS[0].question)).route is Route.TOOL


async def test_making_waits_until_the_traffic_pays_for_it(tmp_path: Path) -> None:
    opened, model = models()
    async with AsyncLatm(settings(tmp_path, making_tokens=1_000_000), models=opened) as latm:
        answers = await answers_to(latm, SUMS)
    assert {answer.route for answer in answers} == {Route.DIRECT}
    assert {request.purpose for request in model.requests} == {"direct"}


async def test_making_without_a_maker_says_what_to_set(tmp_path: Path) -> None:
    examples = [Example(sum_question(n, n + 1), str(2 * n + 1)) for n in range(1, 7)]
    async with AsyncLatm(settings(tmp_path)) as latm:
        with pytest.raises(SettingsError, match=r"No tool maker is set.*LATM_MAKER"):
            await latm.make("sums", examples)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"block": 0}, r"argument block sets block to 0"),
        ({"marker": "x"}, r"'marker', which is not a setting. .*maker"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_its_value(values: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        Latm(None, **values)  # type: ignore[arg-type]  # that is the point


def test_the_sync_face_asks_runs_and_makes(tmp_path: Path) -> None:
    with Latm(settings(tmp_path)) as latm:
        assert latm.ask("Who wrote Faust?").route is Route.FAILED
        assert [answer.route for answer in latm.run(SUMS[:3])] == [Route.FAILED] * 3
        with pytest.raises(SettingsError):
            latm.make("sums", [Example(sum_question(n, n), str(2 * n)) for n in range(6)])
