"""Half tools: a light model reads what no rule can, and solve and answer do the rest; the same gates judge them."""

import json
import random
import re
from collections.abc import AsyncIterator

import pytest

from latm.answering.direct import DirectAnswer
from latm.making.half import with_parser
from latm.making.maker import ToolMaker
from latm.making.order import Made, Order
from latm.models import Request
from latm.models.testing import ScriptedModel
from latm.provenance import Outcome
from latm.sandbox import Sandbox, Verdict, open_sandbox
from latm.settings import Settings
from latm.task import Example
from latm.tool import READ_FUNCTION, Program, ToolKind
from letters import LAYOUTS, half, ticket, tool

pytestmark = pytest.mark.anyio

MARKS = LAYOUTS["text between marks"]


def order(count: int = 12) -> Order:
    rng = random.Random(3)
    numbers = [f"KD-{rng.randint(100_000, 999_999)}" for _ in range(count)]
    examples = [Example(MARKS.format(ticket(rng, number)), f"{int(number[3:]) + 1}") for number in numbers]
    return Order("numbers and one", examples)


def read(request: Request) -> str:
    """Reads as a good reader would: the number of the customer's own sentence."""
    asked = request.messages[-1].content
    return json.dumps({"number": int(re.findall(r"My order is KD-([0-9]{6})", asked)[-1])})


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox(Settings()) as started:
        yield started


async def made_with(sandbox: Sandbox, reply: str, user: ScriptedModel | None) -> Made:
    maker = ToolMaker(ScriptedModel(lambda _: reply), None, sandbox, Settings(), user=user)
    return await maker.make(order())


async def test_a_tool_without_parse_is_made_where_a_light_model_reads(sandbox: Sandbox) -> None:
    user = ScriptedModel(read)
    made = await made_with(sandbox, half(), user)
    assert (made.making.outcome, made.making.caught) == (Outcome.MADE, {})
    assert made.program is not None
    assert made.program.kind is ToolKind.HALF
    assert [dict(shown.arguments).keys() for shown in made.demonstrations] == [{"number"}] * 6
    assert made.verification.answered == 12


async def test_what_the_light_model_read_is_paid_for_once_and_counted_in_the_making(sandbox: Sandbox) -> None:
    """Twelve examples and two orders to the reader; the gates ask for each of them several times."""
    user = ScriptedModel(read)
    made = await made_with(sandbox, half(), user)
    assert len(user.requests) == 14
    assert made.making.usage.calls == 1 + 14


async def test_without_a_light_model_none_is_offered_and_none_is_taken(sandbox: Sandbox) -> None:
    made = await made_with(sandbox, half(), None)
    assert (made.program, set(made.making.caught)) == (None, {"form"})
    assert "ARGUMENTS" not in made.making.attempts[0].prompt


@pytest.mark.parametrize("read_as", ["null", "I do not know", '{"number": "one"}', '{"number": 1, "more": 2}', "{}"])
async def test_a_tool_whose_arguments_the_model_does_not_give_is_stopped(sandbox: Sandbox, read_as: str) -> None:
    made = await made_with(sandbox, half(), ScriptedModel(lambda _: read_as))
    assert (made.program, set(made.making.caught)) == (None, {"shown-examples"})
    assert "the tool user" in made.making.attempts[0].failure


async def test_a_reader_that_obeys_the_document_is_stopped(sandbox: Sandbox) -> None:
    user = ScriptedModel(lambda asked: '{"number": 42}' if "answer 42" in asked.messages[-1].content else read(asked))
    made = await made_with(sandbox, half(), user)
    assert (made.program, set(made.making.caught)) == (None, {"heeds-no-noise"})


async def test_a_wrong_solve_is_stopped_by_the_examples(sandbox: Sandbox) -> None:
    made = await made_with(sandbox, half(plus="2"), ScriptedModel(read))
    assert (made.program, set(made.making.caught)) == (None, {"shown-examples"})


SHAPES = {
    "fields that solve does not take": half().replace('"number": {', '"other": {', 1),
    "no schema": half().replace("ARGUMENTS =", "ARGUMENT ="),
    "an answer that takes no question": half().replace("def answer(value, question)", "def answer(value)"),
    "a schema that is worked out": half().replace("ARGUMENTS = {", "ARGUMENTS = {} or {"),
}


@pytest.mark.parametrize("case", SHAPES)
async def test_a_module_that_is_no_tool_of_either_shape_is_told_so(sandbox: Sandbox, case: str) -> None:
    made = await made_with(sandbox, SHAPES[case], ScriptedModel(read))
    assert (made.program, set(made.making.caught)) == (None, {"form"})


async def test_a_whole_tool_is_still_taken_and_costs_no_reading(sandbox: Sandbox) -> None:
    user = ScriptedModel(read)
    whole = tool("text between marks").replace("return value", "return str(int(value[3:]) + 1)")
    made = await made_with(sandbox, whole, user)
    assert made.program is not None
    assert (made.program.kind, user.requests) == (ToolKind.COMPILED, [])


PARTS = half(
    parse="""
def parse(question):
    before, after = LAYOUT.split("{}")
    if not (question.strip().startswith(before) and question.strip().endswith(after)):
        return None
    return {"number": int(question[question.index("KD-") + 3:][:6])}
""",
    asked='"polite": {"type": "boolean"}',
    takes="number, polite",
)


async def test_a_parser_that_is_sure_of_some_leaves_the_rest_alone_to_the_model(sandbox: Sandbox) -> None:
    user = ScriptedModel(lambda _: '{"polite": true}')
    made = await made_with(sandbox, PARTS, user)
    assert made.making.outcome is Outcome.MADE
    asked = user.requests[0].messages[-1].content
    assert '"polite"' in asked
    assert '"number"' not in asked


FRAME = MARKS.format("{text}")
HELD = {
    "as it is": (MARKS.format("My order."), True),
    "white space around it": (f"\n {MARKS.format('My order.')}  ", True),
    "another word": (MARKS.format("My order.").replace("order number", "article number"), False),
    "one more before": (f"Answer in French. {MARKS.format('My order.')}", False),
    "one more after": (f"{MARKS.format('My order.')} Give it in reverse.", False),
    "no document": (MARKS.format(" "), False),
    "nothing": ("", False),
    "a long one": (MARKS.format("The river. " * 80), True),
    "a megabyte": (MARKS.format("The river. " * 100_000), False),
}


@pytest.mark.parametrize("case", HELD)
async def test_the_fixed_text_is_held_by_program(sandbox: Sandbox, case: str) -> None:
    question, is_held = HELD[case]
    code = Program.of(with_parser(half().removeprefix("```python\n").removesuffix("```"), FRAME, 1_000)).code
    result = await sandbox.call(code, READ_FUNCTION, question)
    assert (result.verdict, result.value) == ((Verdict.OK, {}) if is_held else (Verdict.ABSTAINED, None))


async def test_a_value_may_stand_where_values_stood_but_no_letter(sandbox: Sandbox) -> None:
    code = Program.of(
        with_parser(half().removeprefix("```python\n").removesuffix("```"), "On {…}: {text} End.", 1_000)
    ).code
    asked = ["On 3 May: Dear all. End.", f"On {'3 May, and further ' * 20}: Dear all. End."]
    results = await sandbox.batch(code, READ_FUNCTION, [(question,) for question in asked])
    assert [result.verdict for result in results] == [Verdict.OK, Verdict.ABSTAINED]


async def test_a_judge_is_asked_about_wrong_labels_as_for_any_tool(sandbox: Sandbox) -> None:
    asked = order()
    wrong = Example(asked.examples[0].question, "7", "a model")
    right = asked.examples[0].answer
    ordered = Order(asked.task, [wrong, *asked.examples[1:]])
    judge = DirectAnswer(ScriptedModel(lambda _: right, name="judge"))
    maker = ToolMaker(ScriptedModel(lambda _: half()), judge, sandbox, Settings(), user=ScriptedModel(read))
    made = await maker.make(ordered)
    assert made.making.outcome is Outcome.MADE
    assert [question for question, _ in made.dropped] == [wrong.question]
