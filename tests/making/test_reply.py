"""Finding the module in what a tool maker says, however it is wrapped."""

import ast
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latm.making.reply import Declined, Proposal, Unusable, misshapen, read_reply

PARSE = "def parse(question):\n    return {'n': 1}\n"
SOLVE = "def solve(n):\n    return n\n"
ANSWER = "def answer(value, question):\n    return str(value)\n"
MODULE = f"import re\n\n{PARSE}\n{SOLVE}\n{ANSWER}"
DRAFT = MODULE.replace("return n", "return -n")
QUOTING = MODULE.replace("import re", 'import re\nHELP = """\n```\nan example\n```\n"""')
TESTS = "assert parse('?') == {'n': 1}\nassert solve(1) == 1\n"


def fenced(source: str, opening: str = "```python", closing: str = "```") -> str:
    return f"Here it is.\n\n{opening}\n{source}{closing}\n\nIt passes all examples."


@pytest.mark.parametrize(
    ("completion", "source"),
    [
        pytest.param(fenced(MODULE), MODULE, id="in a fence"),
        pytest.param(fenced(MODULE, "```"), MODULE, id="in a fence without a language"),
        pytest.param(fenced(MODULE, "```python3"), MODULE, id="python3"),
        pytest.param(fenced(MODULE, "```Python 3.11"), MODULE, id="a language with a version"),
        pytest.param(fenced(MODULE, '```python title="tool.py"'), MODULE, id="a language with attributes"),
        pytest.param(fenced(MODULE, "```tool_code"), MODULE, id="a language of its own"),
        pytest.param(fenced(MODULE, "~~~python", "~~~"), MODULE, id="tildes"),
        pytest.param(fenced(MODULE, "````python", "````"), MODULE, id="four backticks"),
        pytest.param(fenced(MODULE).replace("\n", "\r\n"), MODULE, id="CRLF"),
        pytest.param(textwrap.indent(fenced(MODULE), "   "), MODULE, id="indented"),
        pytest.param("1. The tool:\n\n" + textwrap.indent(fenced(MODULE), "\t"), MODULE, id="in a list, by a tab"),
        pytest.param(fenced(MODULE, closing=""), MODULE, id="unclosed, then prose"),
        pytest.param(f"```python\n{MODULE}", MODULE, id="unclosed"),
        pytest.param(f"```python\n{MODULE}```   ", MODULE, id="white space after the closing fence"),
        pytest.param(fenced(QUOTING), QUOTING, id="fences in a string"),
        pytest.param(fenced(MODULE) + "\n\nTests:\n\n" + fenced(TESTS), MODULE, id="tests after it"),
        pytest.param(fenced(TESTS) + "\n\n" + fenced(MODULE), MODULE, id="tests before it"),
        pytest.param(fenced(TESTS * 50) + "\n\n" + fenced(MODULE), MODULE, id="tests longer than it"),
        pytest.param(fenced(DRAFT) + "\nThat was wrong.\n" + fenced(MODULE), MODULE, id="a draft before it"),
        pytest.param(fenced('{"n": 1}\n', "```json") + "\n" + fenced(MODULE), MODULE, id="data before it"),
        pytest.param(
            fenced(f"import re\n{PARSE}") + "\n\n" + fenced(SOLVE + ANSWER),
            f"import re\n{PARSE}\n{SOLVE}{ANSWER}",
            id="split in two blocks",
        ),
        pytest.param(
            "\n".join(fenced(part) for part in (PARSE, SOLVE, ANSWER, "print(1)\n")),
            f"{PARSE}\n{SOLVE}\n{ANSWER}",
            id="split in three blocks, and one more",
        ),
        pytest.param(MODULE, MODULE, id="no fence"),
        pytest.param(f"Here is the module:\n\n{MODULE}\n", MODULE, id="no fence, prose before"),
        pytest.param(
            f"Here is the module:\n\n{MODULE}\n\nIt is right, isn't it?\n", MODULE, id="no fence, prose around"
        ),
        pytest.param(f"NO PROGRAM would be wrong to say.\n{fenced(MODULE)}", MODULE, id="a module after all"),
    ],
)
def test_the_module_is_found_by_what_parses_and_defines_its_functions(completion: str, source: str) -> None:
    found = read_reply(completion)
    assert isinstance(found, Proposal), found
    assert ast.dump(ast.parse(found.source)) == ast.dump(ast.parse(source))


@pytest.mark.parametrize(
    ("completion", "problem"),
    [
        ("", "no ```python block"),
        ("I am afraid that I need more examples.", "no ```python block"),
        (fenced("def parse(question):\n"), "not valid Python"),
        (fenced(PARSE + SOLVE), "does not define the function answer"),
        (fenced(MODULE.replace("def answer(value, question)", "def answer(value)")), "exactly 2 parameters"),
        (fenced(MODULE.replace("def solve(n)", "def solve(n, /)")), "arguments by name"),
        (fenced("class Tool:\n" + textwrap.indent(MODULE, "    ")), "does not define the function parse"),
        ("```\n" * 2000, "does not define the function parse"),
        ("`" * 100_000, "does not define the function parse"),
        ("def parse(question):\n" * 3000, "no ```python block"),
        ("[" * 5000, "no ```python block"),
        ("x" + "\n" * 100_000 + "x", "no ```python block"),
        ("*" * 100_000, "no ```python block"),
        ("def parse\ndef solve\ndef answer\n" * 5000, "no ```python block"),
        ("```\n" * 3000 + "def parse():\n def solve():\n  def answer():\n", "does not define"),
    ],
)
def test_what_holds_no_module_says_what_is_missing(completion: str, problem: str) -> None:
    found = read_reply(completion)
    assert isinstance(found, Unusable)
    assert problem in found.problem


@pytest.mark.parametrize(
    ("completion", "reason"),
    [
        ("NO PROGRAM: it is a matter of taste", "it is a matter of taste"),
        ("**NO PROGRAM:** taste", "taste"),
        ("I looked at it.\n\nNo program", "the tool maker gave no reason"),
        ("```\nNO PROGRAM: taste\n```", "taste"),
        ('NO PROGRAM: taste\n\n```json\n{"n": 1}\n```', "taste"),
    ],
)
def test_the_maker_may_decline(completion: str, reason: str) -> None:
    assert read_reply(completion) == Declined(reason)


PIECES = st.sampled_from(
    ["```python\n", "```\n", "~~~\n", "   ", "\r\n", PARSE, SOLVE, ANSWER, '"""', "NO PROGRAM\n", "x\n"]
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join)))
def test_any_words_are_a_module_or_said_to_be_none(completion: str) -> None:
    found = read_reply(completion)
    assert not isinstance(found, Proposal) or misshapen(found.source) == ""
