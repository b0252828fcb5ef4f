"""Examples of several kinds: said by the maker, shown by a tool that answers a part, or by one that failed."""

from collections.abc import AsyncIterator

import pytest

from latm.making.maker import ToolMaker
from latm.making.order import Order
from latm.making.reply import Several, Unusable, read_reply
from latm.models.testing import ScriptedModel
from latm.provenance import Outcome
from latm.sandbox import Sandbox, open_sandbox
from latm.settings import Settings
from latm.task import Example
from latm.tool import Program
from toy import SUM_TOOL, difference_question, sum_question

pytestmark = pytest.mark.anyio

SUMS = [Example(sum_question(n, n + 1), str(2 * n + 1)) for n in range(1, 7)]
DIFFERENCES = [Example(difference_question(n, 3 * n + 1), str(2 * n + 1)) for n in range(1, 7)]
MIXED = [example for pair in zip(SUMS, DIFFERENCES, strict=True) for example in pair]
KINDS = ({one.question for one in SUMS}, {one.question for one in DIFFERENCES})
SOURCE = SUM_TOOL.removeprefix("```python\n").removesuffix("```")


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox(Settings(tool_seconds=0.5)) as started:
        yield started


@pytest.mark.parametrize(
    "said",
    [
        "SEVERAL KINDS\n1, 3: sums\n2: differences",
        "These differ.\n\n**SEVERAL KINDS**\n- 1 and 3: sums\n- 2: differences\n",
        "several kinds:\nRequests 1 3: sums\nRequest 2: differences",
    ],
)
def test_the_maker_says_which_examples_belong_together(said: str) -> None:
    assert read_reply(said, ["a", "b", "c"]) == Several((("a", "c"), ("b",)))


@pytest.mark.parametrize("lines", ["", "1, 2, 3: all", "1: sums\n1, 2: others", "1: sums\n4: others", "0: a\n1: b"])
def test_a_miscounted_reply_is_asked_for_again(lines: str) -> None:
    found = read_reply(f"SEVERAL KINDS\n{lines}", ["a", "b", "c"])
    assert isinstance(found, Unusable)
    assert "1 to 3" in found.problem


def test_only_where_it_was_offered_are_there_several_kinds() -> None:
    assert isinstance(read_reply("SEVERAL KINDS\n1: sums\n2: others"), Unusable)


async def test_one_completion_sorts_the_examples(sandbox: Sandbox) -> None:
    model = ScriptedModel(["SEVERAL KINDS\n1, 3, 5: sums\n2, 4, 6: differences"])
    made = await ToolMaker(model, None, sandbox, Settings()).make(Order("both", MIXED, shown=6, may_be_several=True))
    assert made.making.outcome is Outcome.SEVERAL
    assert made.making.usage.calls == 1
    assert [set(part) <= kind for part, kind in zip(made.parts, KINDS, strict=True)] == [True, True]


async def test_a_sure_order_offers_no_such_answer(sandbox: Sandbox) -> None:
    model = ScriptedModel([SUM_TOOL])
    await ToolMaker(model, None, sandbox, Settings()).make(Order("sums", SUMS))
    assert "SEVERAL KINDS" not in model.requests[0].messages[-1].content


async def test_a_tool_that_answers_a_part_divides_it_for_free(sandbox: Sandbox) -> None:
    order = Order("both", MIXED, reusable=[Program(SOURCE)], may_be_several=True)
    made = await ToolMaker(ScriptedModel([]), None, sandbox, Settings()).make(order)
    assert made.making.outcome is Outcome.SEVERAL
    assert made.making.usage.calls == 0
    assert tuple(map(set, made.parts)) == KINDS


async def test_what_a_failed_tool_answers_divides_it(sandbox: Sandbox) -> None:
    model = ScriptedModel(lambda _: SUM_TOOL)
    made = await ToolMaker(model, None, sandbox, Settings()).make(Order("both", MIXED, may_be_several=True))
    assert made.making.outcome is Outcome.SEVERAL
    assert tuple(map(set, made.parts)) == KINDS


async def test_failures_here_and_there_divide_nothing(sandbox: Sandbox) -> None:
    loose = SUM_TOOL.replace("return a + b", "return a + b + (a == 3)")
    model = ScriptedModel(lambda _: loose)
    made = await ToolMaker(model, None, sandbox, Settings()).make(Order("sums", SUMS, may_be_several=True))
    assert made.making.outcome is Outcome.FAILED
    assert made.parts == ()
