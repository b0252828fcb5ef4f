"""What a repair begins with: what the tool before makes of the examples, and which of them its maker is shown."""

import pytest

from latm.form import Form
from latm.making.repairing import Repair, repair_of
from latm.sandbox import open_sandbox
from latm.settings import Settings
from latm.task import Example
from latm.tool import Program

pytestmark = pytest.mark.anyio

TOOL = Program("""
def parse(question):
    return {"number": int(question)} if question != "3" else None
def solve(number):
    return 7 if number == 4 else "6" if number == 5 else str(number)
def answer(value, question):
    return value
""")
EXAMPLES = [Example(str(n), str(n)) for n in range(10)]


async def repair(examples: list[Example], *, shown: int, held_out: int) -> Repair:
    async with open_sandbox(Settings(sandbox="unsafe-in-process")) as sandbox:
        return await repair_of(sandbox, TOOL, examples, Form(), shown=shown, held_out=held_out)


async def test_the_maker_is_told_what_the_tool_does_instead_of_what_it_should() -> None:
    wrong = [Example("none", "none"), *EXAMPLES[3:6]]
    told = (await repair([*EXAMPLES[6:], *wrong, *wrong], shown=3, held_out=3)).told
    assert [line for line in told.split("\n") if line.startswith("The tool")] == [
        "The tool: answered '6'.",
        "The tool: answered 7.",
        "The tool: abstained: parse returned None.",
        "The tool: failed (error): ValueError: invalid literal for int() with base 10: 'none'",
    ]


async def test_of_what_the_tool_still_does_right_the_maker_is_shown_a_part_and_the_rest_is_held_out() -> None:
    found = await repair(EXAMPLES, shown=4, held_out=3)
    assert [one.question for one in found.examples[: found.shown]] == ["5", "4", "9", "8"]
    assert [one.question for one in found.examples[found.shown :]] == ["3", "7", "6", "2", "1", "0"]
