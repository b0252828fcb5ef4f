"""Each rung of the ladder is booked for what it spent, whoever answers in the end."""

from collections.abc import AsyncIterator

import pytest
from test_dispatcher import SHOUT

from latm.answer import Answer, Route
from latm.answering.answerer import Answerer, Attempt
from latm.answering.snapshot import Snapshot
from latm.errors import PassingModelError
from latm.known import Known
from latm.ledger import Usage
from latm.models import Meter, Models
from latm.models.testing import Reply, ScriptedModel
from latm.observing import LoggingObserver
from latm.question import Question
from latm.sandbox import Sandbox, open_sandbox
from latm.settings import Settings
from latm.task import Example, Task, TaskStatus
from latm.tool import Program, ToolVersion

pytestmark = pytest.mark.anyio

TASK = Task("shout", tuple(Example(f"Write in capitals: {bird}", bird.upper()) for bird in ("swan", "coot", "rail")))
PLAIN, OTHERWISE = "Write in capitals: egret", "Write in capitals, please, this: egret"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox(Settings()) as started:
        yield started


async def answered(
    sandbox: Sandbox, text: str, user: Reply, dispatcher: str, *, max_error: float | None = None, **settings: object
) -> Answer:
    models = Models(
        maker=None,
        user=ScriptedModel(lambda _: user),
        dispatcher=ScriptedModel(lambda _: dispatcher),
        direct=ScriptedModel(lambda _: "EGRET!"),
        meter=Meter(),
    )
    known = Known(Task(TASK.name, TASK.examples, TaskStatus.SERVED), ToolVersion("shout", Program(SHOUT), error=0.02))
    snapshot = Snapshot().after(1, [known])
    [answer] = await Answerer(sandbox, models, Settings.model_validate(settings), LoggingObserver()).answer(
        snapshot, [Question(text, max_error=max_error)]
    )
    assert isinstance(answer, Answer)
    return answer


@pytest.mark.parametrize(
    ("text", "dispatcher", "user", "route", "earlier"),
    [
        (PLAIN, "1", "{}", Route.TOOL, {}),
        (OTHERWISE, "1", '{"word": "egret"}', Route.TOOL_USER, {"dispatcher": 1}),
        (OTHERWISE, "1", "It does not fit.", Route.DIRECT, {"dispatcher": 1, "tool_user": 1}),
        (OTHERWISE, "1", '{"bird": "egret"}', Route.DIRECT, {"dispatcher": 1, "tool_user": 1}),
        (OTHERWISE, "1", PassingModelError("It is away."), Route.DIRECT, {"dispatcher": 1, "tool_user": 0}),
        (OTHERWISE, "NEW", "{}", Route.DIRECT, {"dispatcher": 1}),
    ],
    ids=["the tool", "the tool user", "it does not fit", "its arguments do not fit", "it fails", "of no kind"],
)
async def test_what_was_spent_before_the_answer_is_told_by_rung(  # noqa: PLR0913, PLR0917  # a row of the table
    sandbox: Sandbox, text: str, dispatcher: str, user: Reply, route: Route, earlier: dict[str, int]
) -> None:
    answer = await answered(sandbox, text, user, dispatcher)
    assert answer.route is route
    assert {purpose: usage.calls for purpose, usage in answer.earlier.items()} == earlier
    assert answer.usage.calls == sum(earlier.values()) + (route is not Route.TOOL)
    assert answer.usage.tokens > sum(usage.tokens for usage in answer.earlier.values()) or not answer.usage.calls
    assert answer.guard == ("abstained" if route is not Route.TOOL and dispatcher == "1" else "")
    assert answer.abstained is (route is not Route.TOOL and dispatcher == "1")


async def test_a_rung_that_is_switched_off_is_left_out(sandbox: Sandbox) -> None:
    answer = await answered(sandbox, OTHERWISE, '{"word": "egret"}', "1", tool_user=False)
    assert (answer.route, answer.text, [*answer.earlier]) == (Route.DIRECT, "EGRET!", ["dispatcher"])


@pytest.mark.parametrize(("max_error", "route"), [(None, Route.TOOL), (0.02, Route.TOOL), (0.01, Route.DIRECT)])
async def test_a_tool_that_errs_more_often_than_the_caller_allows_answers_nothing(
    sandbox: Sandbox, max_error: float | None, route: Route
) -> None:
    answer = await answered(sandbox, PLAIN, "{}", "1", max_error=max_error)
    assert answer.route is route
    assert (answer.tool_id is not None, answer.bound) == ((True, 0.02) if route is Route.TOOL else (False, None))
    assert ("known to err in up to 2.00%" in answer.evidence) is (route is Route.DIRECT)


async def test_an_empty_question_asks_nobody_and_says_so(sandbox: Sandbox) -> None:
    answer = await answered(sandbox, " \n", "{}", "1")
    assert (answer.route, answer.reason, answer.usage.calls) == (Route.FAILED, "empty question", 0)


async def test_what_a_model_of_the_callers_said_is_a_direct_answer_that_tells_where_it_came_from(
    sandbox: Sandbox,
) -> None:
    answerer = Answerer(sandbox, Models(None, None, None, None, Meter()), Settings(), LoggingObserver())
    answer = answerer.elsewhere(Attempt(Question(PLAIN)), "EGRET", Usage(1, 10, 2), 0.5)
    assert (answer.route, answer.text, answer.usage, answer.seconds) == (Route.DIRECT, "EGRET", Usage(1, 10, 2), 0.5)
    assert answer.evidence == "the tools were not asked; a model was asked elsewhere"
