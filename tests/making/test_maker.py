"""The tool maker: what it makes, what it refuses, and what it says of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from latm.answering.direct import DirectAnswer
from latm.errors import InputError
from latm.form import find_form
from latm.making.maker import ToolMaker
from latm.making.order import Order
from latm.models.testing import ScriptedModel
from latm.provenance import Outcome
from latm.sandbox import Sandbox, open_sandbox
from latm.settings import Settings
from latm.task import Example
from latm.tool import ANSWER_FUNCTION, Program
from toy import SUM_TOOL, difference_question, sum_question

pytestmark = pytest.mark.anyio

BAD = sorted(Path(__file__).with_name("bad").glob("*.txt"))
EXAMPLES = [Example(sum_question(n, n + 1), str(2 * n + 1)) for n in range(1, 7)]
FOREIGN = [
    ("differences", Example(difference_question(3, 9), "6")),
    ("poems", Example("Write a poem on 3 swans and 9 herons.", "…")),
]
ORDER = Order("sums", EXAMPLES, FOREIGN)


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox(Settings(tool_seconds=0.5)) as started:
        yield started


def maker(sandbox: Sandbox, *replies: str, judge: str | None = None, **settings: object) -> ToolMaker:
    fresh = DirectAnswer(ScriptedModel(lambda _: judge, name="judge")) if judge else None
    return ToolMaker(ScriptedModel(list(replies)), fresh, sandbox, Settings.model_validate(settings))


def scenario(path: Path) -> tuple[str, str]:
    """The gate that must stop a completion, and the completion."""
    heading, _, completion = path.read_text().partition("\n")
    return heading.removeprefix("gate: "), completion


async def test_a_good_proposal_becomes_a_tool_with_demonstrations(sandbox: Sandbox) -> None:
    made = await maker(sandbox, SUM_TOOL).make(ORDER)
    making, tool = made.making, made.program
    assert making.outcome is Outcome.MADE
    assert [(attempt.gate, attempt.failure) for attempt in making.attempts] == [("", "")]
    assert tool is not None
    assert dict(made.demonstrations[0].arguments) == {"a": 1, "b": 2}
    assert (await sandbox.call(tool.code, ANSWER_FUNCTION, sum_question(20, 22))).value == "42"


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
async def test_a_bad_proposal_is_stopped_by_its_gate_and_fed_back(sandbox: Sandbox, path: Path) -> None:
    gate, completion = scenario(path)
    model = ScriptedModel([completion, SUM_TOOL])
    made = await ToolMaker(model, None, sandbox, Settings()).make(ORDER)
    making, tool = made.making, made.program
    assert making.caught == {gate: 1}
    failure = next(attempt.failure for attempt in making.attempts if attempt.gate)
    assert failure in model.requests[1].messages[-1].content
    assert making.outcome is Outcome.MADE
    assert tool is not None


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
async def test_a_maker_that_never_mends_it_ends_with_a_verdict_and_no_tool(sandbox: Sandbox, path: Path) -> None:
    gate, completion = scenario(path)
    made = await ToolMaker(ScriptedModel(lambda _: completion), None, sandbox, Settings()).make(ORDER)
    making, tool = made.making, made.program
    assert tool is None
    assert making.outcome is Outcome.FAILED
    assert gate in making.reason


@pytest.mark.parametrize(
    ("answer", "outcome"), [("{}", Outcome.MADE), ("about {}, I think", Outcome.FAILED)], ids=["in it", "not in it"]
)
async def test_a_form_that_was_asked_for_stops_a_making_only_if_no_answer_has_it(
    sandbox: Sandbox, answer: str, outcome: Outcome
) -> None:
    examples = [Example(one.question, answer.format(one.answer)) for one in EXAMPLES]
    form = find_form([one.answer for one in EXAMPLES])
    made = await maker(sandbox, SUM_TOOL).make(Order("sums", examples, form=form, asked_form="number"))
    assert made.making.outcome is outcome
    assert made.making.reason.startswith("none of the 6 answers has the form 'number'") is (outcome is Outcome.FAILED)


@pytest.mark.parametrize(("source", "doubted"), [("gold", False), ("some:model", True)])
async def test_the_maker_hears_that_an_answer_may_be_wrong_only_where_it_may(
    sandbox: Sandbox, source: str, doubted: bool
) -> None:
    model = ScriptedModel([scenario(BAD[0])[1], SUM_TOOL])
    order = Order("sums", [Example(one.question, one.answer, source) for one in EXAMPLES])
    await ToolMaker(model, None, sandbox, Settings()).make(order)
    assert ("may itself be wrong" in model.requests[1].messages[-1].content) is doubted


async def test_the_maker_may_find_that_no_program_can_do_it(sandbox: Sandbox) -> None:
    made = await maker(sandbox, "NO PROGRAM: it is a matter of taste").make(ORDER)
    making, tool = made.making, made.program
    assert (making.outcome, making.reason, tool) == (Outcome.UNTOOLABLE, "it is a matter of taste", None)


async def test_a_wrong_gold_label_stops_a_tool_while_gold_is_strict(sandbox: Sandbox) -> None:
    order = Order("sums", [*EXAMPLES[:5], Example(sum_question(6, 7), "14")])
    made = await maker(sandbox, *[SUM_TOOL] * 4, judge="13").make(order)
    making, tool = made.making, made.program
    assert (making.outcome, tool) == (Outcome.FAILED, None)


@pytest.mark.parametrize(
    ("judge", "outcome", "kept"),
    [
        pytest.param("13", Outcome.MADE, 7, id="a fresh answer sides with the tool: the label is replaced"),
        pytest.param("15", Outcome.MADE, 6, id="a fresh answer sides with nobody: the label is dropped"),
        pytest.param("14", Outcome.FAILED, 0, id="a fresh answer sides with the label: the tool is stopped"),
    ],
)
async def test_a_fresh_direct_answer_decides_where_tool_and_model_label_differ(
    sandbox: Sandbox, judge: str, outcome: Outcome, kept: int
) -> None:
    doubtful = Example(sum_question(6, 7), "14", "some:model")
    order = Order("sums", [*EXAMPLES[:5], doubtful, Example(sum_question(7, 8), "15")])
    made = await maker(sandbox, *[SUM_TOOL] * 4, judge=judge).make(order)
    making = made.making
    assert making.outcome is outcome
    assert made.verification.answered == kept
    assert len(making.notes) == (outcome is Outcome.MADE)


async def test_an_existing_tool_that_answers_the_examples_is_reused_for_no_tokens(sandbox: Sandbox) -> None:
    tool = (await maker(sandbox, SUM_TOOL).make(ORDER)).program
    assert tool is not None
    made = await maker(sandbox).make(Order("more sums", EXAMPLES, reusable=[tool]))
    assert made.making.outcome is Outcome.REUSED
    assert made.making.usage.tokens == 0
    assert made.program == tool


async def test_too_few_examples_are_named(sandbox: Sandbox) -> None:
    with pytest.raises(InputError, match="takes 6 different examples, and there are 5"):
        await maker(sandbox).make(Order("sums", [*EXAMPLES[:5], EXAMPLES[0]]))


async def test_what_was_spent_and_asked_is_on_record(sandbox: Sandbox) -> None:
    making = (await maker(sandbox, "nothing useful", SUM_TOOL).make(ORDER)).making
    assert making.usage.calls == 2
    assert making.usage.tokens > 0
    assert [attempt.stage for attempt in making.attempts] == ["propose", "propose"]
    assert making.model == "scripted"


SHY_TOOL = SUM_TOOL.replace("return {", "return None if found and int(found[1]) in SHY else {").replace(
    "import re\n", "import re\nSHY = {shy}\n", 1
)
"""A tool that is right, and abstains where the first number is one of these."""


def shy(*numbers: int) -> str:
    return SHY_TOOL.replace("{shy}", repr(set(numbers)))


@pytest.mark.parametrize(
    ("abstains", "outcome"),
    [
        pytest.param((6,), Outcome.MADE, id="on one held-out example of three"),
        pytest.param((2, 6), Outcome.MADE, id="and on a shown one"),
        pytest.param((5, 6), Outcome.FAILED, id="on two held-out examples of three"),
    ],
)
async def test_a_tool_that_knows_less_stands_where_it_answers_enough_and_nothing_wrong(
    sandbox: Sandbox, abstains: tuple[int, ...], outcome: Outcome
) -> None:
    made = await maker(sandbox, *[shy(*abstains)] * 6).make(ORDER)
    assert made.making.outcome is outcome
    if made.program:
        assert made.verification.abstained == len(abstains)
        assert f"abstains on {len(abstains)}" in made.making.reason


async def test_the_version_that_knows_most_stands(sandbox: Sandbox) -> None:
    made = await maker(sandbox, shy(6), shy(4, 6), shy(6, 4), shy(4, 5, 6)).make(ORDER)
    assert made.verification.answered == 5


async def test_a_tool_that_knows_less_but_accepts_other_kinds_does_not_stand(sandbox: Sandbox) -> None:
    loose = shy(6).replace('re.fullmatch(r"Add', 're.match(r"Add')
    made = await maker(sandbox, *[loose] * 4).make(ORDER)
    assert made.making.outcome is Outcome.FAILED


async def test_no_tool_stands_where_too_few_labels_do(sandbox: Sandbox) -> None:
    moody = iter(range(1000))
    judge = DirectAnswer(ScriptedModel(lambda _: str(next(moody)), name="judge"))
    order = Order("sums", [Example(one.question, f"{place} birds", "some:model") for place, one in enumerate(EXAMPLES)])
    made = await ToolMaker(ScriptedModel([SUM_TOOL] * 6), judge, sandbox, Settings()).make(order)
    assert (made.making.outcome, made.program) == (Outcome.FAILED, None)
    assert "have a stable answer" in made.making.reason


async def test_a_wrong_label_of_another_kind_does_not_kill_a_right_tool(sandbox: Sandbox) -> None:
    foreign = [("near sums", Example(sum_question(40, 2), "41", "some:model"))]
    made = await maker(sandbox, SUM_TOOL, judge="42").make(Order("sums", EXAMPLES, foreign))
    assert made.making.outcome is Outcome.MADE
    assert [(task, question) for task, question, _ in made.doubted] == [("near sums", sum_question(40, 2))]


async def test_one_number_in_two_ways_is_one_answer_and_counted_as_rewritten(sandbox: Sandbox) -> None:
    examples = [Example(one.question, one.answer + ".0" * (place % 2)) for place, one in enumerate(EXAMPLES)]
    made = await maker(sandbox, SUM_TOOL).make(Order("sums", examples, form=find_form([e.answer for e in examples])))
    assert made.making.outcome is Outcome.MADE
    assert made.verification.rewritten == 3


async def test_reuse_passes_the_same_gates_as_making(sandbox: Sandbox) -> None:
    loose = Program(SUM_TOOL.partition("\n")[2].removesuffix("```").replace('re.fullmatch(r"Add', 're.match(r"Add'))
    made = await maker(sandbox, SUM_TOOL).make(Order("more sums", EXAMPLES, FOREIGN, reusable=[loose]))
    assert made.making.outcome is Outcome.MADE
