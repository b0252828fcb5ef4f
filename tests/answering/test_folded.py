"""Questions typed otherwise than the examples of their kind: answered where the tool's making showed that it may be."""

import re
from collections.abc import AsyncIterator

import pytest

from latm.answering.dispatcher import Dispatcher
from latm.answering.snapshot import Snapshot
from latm.form import Form, parse_form
from latm.known import Known
from latm.making.gates import Gates
from latm.making.labels import Labels
from latm.question import Question
from latm.sandbox import Sandbox, open_sandbox
from latm.settings import Settings
from latm.task import Example, Task
from latm.tool import Program, ToolStatus, ToolVersion, Verification
from toy import SUM_TOOL, sum_question

pytestmark = pytest.mark.anyio

SOURCE = SUM_TOOL.removeprefix("```python\n").removesuffix("```")
COUNTING = re.sub(r'(?<=r").*(?=", question)', lambda found: found[0].replace(" ", r"\s+"), SOURCE).replace(
    '"b": int(found[2])', '"b": len(question)'
)
EXAMPLES = tuple(Example(sum_question(n, n + 1), str(2 * n + 1)) for n in range(1, 7))
QUESTION = sum_question(20, 22)


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox(Settings(tool_seconds=0.5)) as started:
        yield started


def snapshot(*, folds: bool, form: Form = Form()) -> Snapshot:  # it is frozen
    tool = ToolVersion("sums", Program(SOURCE), 1, (), Verification(folds=folds), ToolStatus.SERVING)
    return Snapshot().after(1, [Known(Task("sums", EXAMPLES, form=form), tool)])


TYPED = [QUESTION.replace(" ", "\u00a0"), f"Please: {QUESTION}", QUESTION[:-1], f"{QUESTION} Thanks!"]


@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.parametrize("folds", [True, False])
async def test_only_a_tool_that_heeds_no_typography_is_asked_again(sandbox: Sandbox, typed: str, folds: bool) -> None:
    [found] = await Dispatcher(sandbox, shortlist=5).dispatch(snapshot(folds=folds), [Question(typed)])
    assert found.text == ("42" if folds else None)
    assert found.question.text == typed
    assert (found.task and found.task.name, found.tool and found.tool.number) == ("sums", 1)


async def test_an_answer_in_another_form_than_the_tasks_is_not_given(sandbox: Sandbox) -> None:
    known = snapshot(folds=True, form=parse_form("json"))
    [found] = await Dispatcher(sandbox, shortlist=5).dispatch(known, [Question(TYPED[0])])
    assert found.text is None


@pytest.mark.parametrize("near", [f"{QUESTION} Then double it.", f"Please subtract. {QUESTION}", QUESTION.upper()])
async def test_another_instruction_is_no_typography(sandbox: Sandbox, near: str) -> None:
    [found] = await Dispatcher(sandbox, shortlist=5).dispatch(snapshot(folds=True), [Question(near)])
    assert found.text is None


@pytest.mark.parametrize(("source", "folds"), [(SOURCE, True), (COUNTING, False)])
async def test_the_gate_sees_whether_an_answer_rests_on_typography(sandbox: Sandbox, source: str, folds: bool) -> None:
    gates = Gates(sandbox, Labels(EXAMPLES, None, Form(), gold_is_strict=True))
    assert await gates.folds(source, [example.question for example in EXAMPLES]) is folds
