"""Tools for questions whose boilerplate was edited."""

import pytest

from latm.making.adapting import adapted
from latm.tool import Program, ToolKind

OLD = "You serve the customers of a small bakery. Be brief, and answer with the result alone.\n\n"
NEW = "You serve the customers of two bakeries and a mill. Be brief and friendly; give the result and nothing else.\n\n"
SOURCE = (
    '''"""Sums."""
import re


def parse(question):
    found = re.fullmatch(r"'''
    + OLD.replace("\n", r"\n").replace(".", r"\.")
    + r"""Add (\d+) and (\d+)\.", question)
    return {"a": int(found[1]), "b": int(found[2])} if found else None


def solve(a, b):
    return a + b


def answer(value, question):
    return str(value)
"""
)
PAIRS = [(1, 2), (10, 7), (123, 5), (18, 19)]
BEFORE = [f"{OLD}Add {a} and {b}." for a, b in PAIRS]
NOW = [f"{NEW}Add {a} and {b}." for a, b in PAIRS]


def run(program: Program, question: str) -> str | None:
    module: dict[str, object] = {}
    exec(program.source, module)  # noqa: S102  # our own source
    arguments = module["parse"](question)  # type: ignore[operator]
    return None if arguments is None else module["answer"](module["solve"](**arguments), question)  # type: ignore[operator]


def test_the_old_tool_answers_behind_the_new_text() -> None:
    found = adapted(Program(SOURCE), BEFORE, NOW)
    assert found is not None
    assert run(found, f"{NEW}Add 40 and 2.") == "42"


@pytest.mark.parametrize(
    "question", [BEFORE[0], f"{NEW}Add 40 and 2. Then double it.", f"{NEW}Take 2 from 40.", "", NEW, f"x{NOW[0]}"]
)
def test_and_nothing_else(question: str) -> None:
    found = adapted(Program(SOURCE), BEFORE, NOW)
    assert found is not None
    assert run(found, question) is None


def test_what_the_new_questions_share_by_chance_is_no_boilerplate() -> None:
    found = adapted(Program(SOURCE), BEFORE, [f"{NEW}Add 1{a} and {b}." for a, b in PAIRS])
    assert found is not None
    assert run(found, f"{NEW}Add 40 and 2.") == "42"


def test_new_text_that_says_twice_what_the_old_one_ends_with_is_taken_off_whole() -> None:
    end = OLD[-32:]
    new = f"{NEW}First,{end}Add them all. Then,{end}"
    found = adapted(Program(SOURCE), BEFORE, [f"{new}Add {a} and {b}." for a, b in PAIRS])
    assert found is not None
    assert run(found, f"{new}Add 40 and 2.") == "42"


@pytest.mark.parametrize(
    ("program", "before", "now"),
    [
        (Program(SOURCE), BEFORE, BEFORE),
        (Program(SOURCE), BEFORE[:2], NOW),
        (Program(SOURCE, ToolKind.PAPER), BEFORE, NOW),
        (Program(SOURCE), [f"Add {a} and {b}." for a, b in PAIRS], [f"Sum {a} and {b}." for a, b in PAIRS]),
    ],
)
def test_where_no_boilerplate_was_edited_there_is_no_other_tool(
    program: Program, before: list[str], now: list[str]
) -> None:
    assert adapted(program, before, now) is None
