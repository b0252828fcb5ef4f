"""What single gates let pass."""

from collections.abc import AsyncIterator

import pytest

from latm.form import Form
from latm.making.gates import Gates
from latm.making.labels import Labels
from latm.sandbox import Sandbox, open_sandbox
from latm.settings import Settings
from latm.task import Example

pytestmark = pytest.mark.anyio

QUESTION = "Count the words: red green blue"
TOOL = """
import re
def parse(question):
    found = re.fullmatch(r"Count the words: ([a-z ()]+)", question)
    return {"text": found[1]} if found else None
def solve(text):
    return len(text.split())
def answer(value, question):
    return str(value)
"""
OVERLOOKS = TOOL.replace("text.split()", 're.sub(r"[(].*?[)]", "", text).split()')


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox(Settings()) as started:
        yield started


@pytest.mark.parametrize(
    ("source", "stopped"),
    [
        (TOOL, False),
        (OVERLOOKS, True),
        (TOOL.replace("()]", "()A-Z.]"), True),
        (TOOL.replace(r"Count", r".*Count"), True),
    ],
    ids=["it is data that changes the answer", "it is overlooked within", "and after", "and before"],
)
async def test_an_instruction_that_was_added_may_be_data_but_may_not_be_overlooked(
    sandbox: Sandbox, source: str, stopped: bool
) -> None:
    gates = Gates(sandbox, Labels([Example(QUESTION, "3")], None, Form(), gold_is_strict=True))
    said = await gates.refuses_changed([QUESTION]).check(source)
    assert said.startswith("The tool overlooks an instruction") is stopped
    assert bool(said) is stopped
