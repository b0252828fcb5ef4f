"""The tool maker: what it makes, what it refuses, and what it says of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from latm.errors import InputError
from latm.making.maker import Order, ToolMaker
from latm.models.testing import ScriptedModel
from latm.provenance import Outcome
from latm.sandbox import Sandbox, open_sandbox
from latm.settings import Settings
from latm.task import Example
from latm.tool import ANSWER_FUNCTION
from latm.using.direct import DirectAnswer
from toy import SUM_TOOL, difference_question, sum_question

pytestmark = pytest.mark.anyio

BAD = sorted(Path(__file__).with_name("bad").glob("*.txt"))
EXAMPLES = [Example(sum_question(n, n + 1), str(2 * n + 1)) for n in range(1, 7)]
FOREIGN = [Example(difference_question(3, 9), "6"), Example("Write a poem on 3 swans and 9 herons.", "…")]
ORDER = Order("sums", EXAMPLES, FOREIGN)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox(Settings(tool_seconds=0.5)) as started:
        yield started


def maker(sandbox: Sandbox, *replies: str, judge: str | None = None, **settings: object) -> ToolMaker:
    fresh = DirectAnswer(ScriptedModel(lambda _: f"Answer: {judge}", name="judge")) if judge else None
    return ToolMaker(ScriptedModel(list(replies)), fresh, sandbox, Settings.model_validate(settings))


def scenario(path: Path) -> tuple[str, str]:
    """The gate that must stop a completion, and the completion."""
    heading, _, completion = path.read_text().partition("\n")
    return heading.removeprefix("gate: "), completion


async def test_a_good_proposal_becomes_a_tool_with_demonstrations(sandbox: Sandbox) -> None:
    making, tool = await maker(sandbox, SUM_TOOL).make(ORDER)
    assert making.outcome is Outcome.MADE
    assert tool is not None
    assert dict(tool.demonstrations[0].arguments) == {"a": 1, "b": 2}
    assert (await sandbox.call(tool.program, ANSWER_FUNCTION, sum_question(20, 22))).value == "42"


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
async def test_a_bad_proposal_is_stopped_by_its_gate_and_fed_back(sandbox: Sandbox, path: Path) -> None:
    gate, completion = scenario(path)
    model = ScriptedModel([completion, SUM_TOOL])
    making, tool = await ToolMaker(model, None, sandbox, Settings()).make(ORDER)
    assert making.caught == {gate: 1}
    failure = next(attempt.failure for attempt in making.attempts if attempt.gate)
    assert failure in model.requests[1].messages[-1].content
    assert making.outcome is Outcome.MADE
    assert tool is not None


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
async def test_a_maker_that_never_mends_it_ends_with_a_verdict_and_no_tool(sandbox: Sandbox, path: Path) -> None:
    gate, completion = scenario(path)
    making, tool = await ToolMaker(ScriptedModel(lambda _: completion), None, sandbox, Settings()).make(ORDER)
    assert tool is None
    assert making.outcome is Outcome.FAILED
    assert gate in making.reason


async def test_the_maker_may_find_that_no_program_can_do_it(sandbox: Sandbox) -> None:
    making, tool = await maker(sandbox, "NO PROGRAM: it is a matter of taste").make(ORDER)
    assert (making.outcome, making.reason, tool) == (Outcome.UNTOOLABLE, "it is a matter of taste", None)


async def test_a_wrong_gold_label_stops_a_tool_while_gold_is_strict(sandbox: Sandbox) -> None:
    order = Order("sums", [*EXAMPLES[:5], Example(sum_question(6, 7), "14")])
    making, tool = await maker(sandbox, *[SUM_TOOL] * 4, judge="13").make(order)
    assert (making.outcome, tool) == (Outcome.FAILED, None)


@pytest.mark.parametrize(
    ("judge", "outcome", "kept"),
    [
        pytest.param("13", Outcome.MADE, 6, id="a fresh answer sides with the tool: the label is replaced"),
        pytest.param("15", Outcome.MADE, 5, id="a fresh answer sides with nobody: the label is dropped"),
        pytest.param("14", Outcome.FAILED, 0, id="a fresh answer sides with the label: the tool is stopped"),
    ],
)
async def test_a_fresh_direct_answer_decides_where_tool_and_model_label_differ(
    sandbox: Sandbox, judge: str, outcome: Outcome, kept: int
) -> None:
    order = Order("sums", [*EXAMPLES[:5], Example(sum_question(6, 7), "14", "some:model")])
    making, tool = await maker(sandbox, *[SUM_TOOL] * 4, judge=judge).make(order)
    assert making.outcome is outcome
    assert len(tool.demonstrations if tool else ()) == kept
    assert len(making.notes) == (outcome is Outcome.MADE)


async def test_an_existing_tool_that_answers_the_examples_is_reused_for_no_tokens(sandbox: Sandbox) -> None:
    _, tool = await maker(sandbox, SUM_TOOL).make(ORDER)
    assert tool is not None
    making, reused = await maker(sandbox).make(Order("more sums", EXAMPLES, reusable=[tool]))
    assert making.outcome is Outcome.REUSED
    assert making.usage.tokens == 0
    assert reused is not None
    assert reused.source == tool.source


async def test_too_few_examples_are_named(sandbox: Sandbox) -> None:
    with pytest.raises(InputError, match="takes 6 different examples, and there are 5"):
        await maker(sandbox).make(Order("sums", [*EXAMPLES[:5], EXAMPLES[0]]))


async def test_what_was_spent_and_asked_is_on_record(sandbox: Sandbox) -> None:
    making, _ = await maker(sandbox, "nothing useful", SUM_TOOL).make(ORDER)
    assert making.usage.calls == 2
    assert making.usage.tokens > 0
    assert [attempt.stage for attempt in making.attempts] == ["propose", "propose"]
    assert making.model == "scripted"
