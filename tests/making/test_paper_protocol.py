"""The paper's protocol: three stages of one conversation, failures fed back, and a user that writes code."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from latm.answer import Route
from latm.answering.paper_user import CODE, PaperToolUser, read_code
from latm.errors import InputError
from latm.latm import AsyncLatm
from latm.making.paper import PaperMaker, read_uses
from latm.models import Meter, Models
from latm.models.testing import ScriptedModel
from latm.provenance import Making, Outcome
from latm.sandbox import Sandbox, open_sandbox
from latm.settings import Settings
from latm.store import ToolCache
from latm.task import Example
from latm.tool import Demonstration, Program, ToolKind, ToolVersion
from paper_replies import FUNCTION, SOLUTION, guide_of, paper_reply, unit_tests

pytestmark = pytest.mark.anyio

EXAMPLES = [Example(f"What is {n} and {n + 1}?", str(2 * n + 1)) for n in range(1, 7)]
TESTS, GUIDE = unit_tests((4, 5), (5, 6), (6, 7)), guide_of((4, 5), (5, 6), (6, 7))
BROKEN = "```python\ndef add(numbers:\n```"
TOOL = ToolVersion(
    "sums",
    Program("def add(numbers):\n    return sum(numbers)\n", ToolKind.PAPER),
    demonstrations=(Demonstration("What is 4 and 5?", {CODE: SOLUTION.format(a=4, b=5)}),),
)


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox(Settings(tool_seconds=0.5)) as started:
        yield started


async def test_a_maker_that_is_right_makes_a_tool_in_three_completions(sandbox: Sandbox) -> None:
    model = ScriptedModel(paper_reply)
    made = await PaperMaker(model, sandbox, Settings()).make("sums", EXAMPLES)
    making, tool = made.making, made.program
    assert making.outcome is Outcome.MADE
    assert [attempt.stage for attempt in making.attempts] == ["propose", "verify", "wrap"]
    assert tool
    assert tool.kind is ToolKind.PAPER
    assert [shown.question for shown in made.demonstrations] == [example.question for example in EXAMPLES[3:]]
    assert {request.temperature for request in model.requests} == {0.3}


async def test_the_history_is_kept_through_all_stages(sandbox: Sandbox) -> None:
    model = ScriptedModel([BROKEN, FUNCTION, TESTS, GUIDE])
    await PaperMaker(model, sandbox, Settings()).make("sums", EXAMPLES)
    assert [len(request.messages) for request in model.requests] == [1, 3, 5, 7]
    assert "SyntaxError" in model.requests[1].messages[-1].content
    assert all(
        (example.question in model.requests[-1].messages[0].content) == (place < 3)
        for place, example in enumerate(EXAMPLES)
    )


@pytest.mark.parametrize(
    ("replies", "stage", "completions"),
    [
        ([BROKEN] * 3, "propose", 3),
        ([FUNCTION, *[unit_tests((4, 5)).replace("'9'", "'8'")] * 3], "verify", 4),
        ([FUNCTION, TESTS, *["Use it as you like."] * 3], "wrap", 5),
        (["```python\nwhile True: pass\n```"] * 3, "propose", 3),
    ],
    ids=["no function runs", "no tests pass", "no guide comes", "the function never ends"],
)
async def test_a_stage_that_runs_out_of_tries_fails_the_making(
    sandbox: Sandbox, replies: list[str], stage: str, completions: int
) -> None:
    made = await PaperMaker(ScriptedModel(replies), sandbox, Settings()).make("sums", EXAMPLES)
    making, tool = made.making, made.program
    assert (making.outcome, tool) == (Outcome.FAILED, None)
    assert making.caught == {stage: 3}
    assert making.usage.calls == completions
    assert stage in making.reason


async def test_too_few_examples_are_refused(sandbox: Sandbox) -> None:
    with pytest.raises(InputError, match="takes 6 examples, and there are 5"):
        await PaperMaker(ScriptedModel([]), sandbox, Settings()).make("sums", EXAMPLES[:5])


async def test_the_tool_user_reads_the_wrapped_tool_and_its_code_is_run(sandbox: Sandbox) -> None:
    model = ScriptedModel([f"```python\n{SOLUTION.format(a=20, b=3)}\n```"])
    used = await PaperToolUser(model, sandbox).answer("What is 20 and 3?", TOOL)
    assert used.text == "23"
    [request] = model.requests
    assert request.temperature == 0.0
    assert all(text in request.messages[0].content for text in ("def add", "What is 4 and 5?", "numbers = [4, 5]"))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("ans = ['a', 'b']", "a b"),
        ("ans = 7", "7"),
        ("ret = 7", None),
        ("ans = 1\nans2 = 2", "2"),
        ("ans = None", None),
        ("ans = ('10:30', '12:00')", "10:30 - 12:00"),
        ("ans = True", "True"),
        ("ans = open('/etc/passwd').read()", None),
        ("while True: pass", None),
    ],
)
async def test_what_the_code_leaves_in_ans_is_the_answer(sandbox: Sandbox, code: str, text: str | None) -> None:
    assert (await PaperToolUser(ScriptedModel([code]), sandbox).answer("?", TOOL)).text == text


OPTIONS = "Which is it?\nOptions:\n(A) a ball\n(B) the black ball\n(C) Karl"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("ans = 3", "(C)"),
        ("ans = 4", "4"),
        ("ans = 'B'", "(B)"),
        ("ans = '(B)'", "(B)"),
        ("ans = 'a ball'", "(A)"),
        ("ans = 'black'", "(B)"),
        ("ans = 'ball'", "ball"),
        ("ans = 'Rodrigo'", "Rodrigo"),
        ("ans = True", "True"),
    ],
)
async def test_where_a_question_lists_options_the_answer_is_one_of_them_if_it_can_be(
    sandbox: Sandbox, code: str, text: str
) -> None:
    assert (await PaperToolUser(ScriptedModel([code]), sandbox).answer(OPTIONS, TOOL)).text == text


def test_a_guide_is_read_question_by_question() -> None:
    text = "Use cases:\n\n**Question:** Which?\nOptions:\n(A) a\n**Solution:**\n```python\nans = 1\n```\nDone."
    assert [(use.question, use.arguments[CODE]) for use in read_uses(text)] == [("Which?\nOptions:\n(A) a", "ans = 1")]


@pytest.mark.parametrize(
    "completion",
    [
        "x = 1", "```python\nx = 1\n```", "So:\n```\nx = 1\n```\nDone.", "```py\nx = 1",
        "```\nx = 1\n```\nor\n```\ny\n```",
    ],
)  # fmt: skip
def test_code_is_the_longest_block_or_else_all_of_it(completion: str) -> None:
    assert read_code(completion).strip() == "x = 1"


def test_both_kinds_of_tool_live_in_one_cache() -> None:
    with ToolCache.open("sqlite://") as cache:
        cache.record_making(
            Making("sums", Outcome.MADE, "", TOOL.id, "m"), TOOL.program, demonstrations=TOOL.demonstrations
        )
        assert cache.tool("sums").kind is ToolKind.PAPER
        assert cache.tool("sums").demonstrations[0].arguments[CODE] == SOLUTION.format(a=4, b=5)


async def test_a_paper_tool_in_the_cache_is_used_by_the_tool_user(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'latm.db'}"
    with ToolCache.open(store) as cache:
        cache.add_examples("sums", EXAMPLES)
        cache.record_making(
            Making("sums", Outcome.MADE, "", TOOL.id, "m"), TOOL.program, demonstrations=TOOL.demonstrations
        )
    user = ScriptedModel([SOLUTION.format(a=20, b=3)])
    async with AsyncLatm(Settings(store=store), models=Models(None, user, None, None, Meter())) as latm:
        answer = await latm.ask("What is 20 and 3?")
    assert (answer.text, answer.route, answer.tool_id) == ("23", Route.TOOL_USER, TOOL.id)
