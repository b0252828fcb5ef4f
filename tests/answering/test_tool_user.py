"""The tool user: which arguments of a model's are taken, and what it is shown."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from latm.answering.tool_user import ToolUser, misfit, read_arguments, signature_of
from latm.models.testing import ScriptedModel
from latm.sandbox import Sandbox, open_sandbox
from latm.settings import Settings
from latm.tool import Demonstration, Program, ToolVersion

BODY = "\n    return {}\ndef parse(question):\n    return None\ndef answer(value, question):\n    return str(value)\n"


def tool(head: str, *shown: Mapping[str, Any], body: str = "1") -> ToolVersion:
    demonstrations = tuple(Demonstration(f"Request {n}.", arguments) for n, arguments in enumerate(shown))
    return ToolVersion("towns", Program(f"def solve({head}):{BODY.format(body)}"), demonstrations=demonstrations)


@pytest.mark.parametrize(
    ("head", "arguments", "said"),
    [
        ("town, count=1", {"town": "Bern"}, ""),
        ("town, count=1", {"town": "Bern", "count": 3}, ""),
        ("town, count=1", {"count": 3}, "town missing"),
        ("town, *, count", {"town": "Bern"}, "count missing"),
        ("town, *, count=1", {"town": "Bern"}, ""),
        ("town, *, count", {}, "town, count missing"),
        ("town", {"town": "Bern", "year": 9, "day": 1}, "solve has no argument day, year"),
        ("town, **more", {"town": "Bern", "year": 9}, ""),
        ("town, count=1", {"town": 7}, "town is int, not str"),
        ("town, count=1", {"town": "Bern", "count": "3"}, "count is str, not float or int"),
        ("town, other=None", {"town": "Bern", "other": [1]}, ""),
    ],
)
def test_arguments_fit_by_name_and_by_the_kinds_of_value_that_were_shown(
    head: str, arguments: Mapping[str, Any], said: str
) -> None:
    assert misfit(arguments, tool(head, {"town": "Rome", "count": 2}, {"town": "Oslo", "count": 0.5})) == said


@pytest.mark.parametrize(
    ("completion", "arguments"),
    [
        ('{"a": 1}', {"a": 1}),
        ('Here they are:\n```json\n{"a":\n {"b": [2]}}\n```', {"a": {"b": [2]}}),
        *((text, None) for text in ("", "NO", "[1]", "{", "{a}", '{"a": 1} or {"a": 2}')),
    ],
)
def test_arguments_are_the_one_object_in_a_completion(completion: str, arguments: Mapping[str, Any] | None) -> None:
    assert read_arguments(completion) == arguments


def test_a_signature_is_the_head_of_solve_as_its_author_wrote_it() -> None:
    assert signature_of(tool("town: str, *, count: int=1").source) == "solve(town: str, *, count: int=1)"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox(Settings()) as started:
        yield started


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("reply", "text", "evidence"),
    [
        ('{"town": "Bern"}', "Bern", "on the tool user's arguments"),
        ('{"town": ""}', None, "the tool failed on the tool user's arguments"),
        ('{"town": 3}', None, "arguments do not fit: town is int"),
        ("It does not fit.", None, "does not fit"),
    ],
)
async def test_a_tool_answers_on_what_a_model_read_after_a_few_demonstrations(
    sandbox: Sandbox, reply: str, text: str | None, evidence: str
) -> None:
    model = ScriptedModel([reply])
    known = tool("town", *({"town": town} for town in ("Zürich", "Genève", "Wil")), body="town or 1 / 0")
    used = await ToolUser(model, sandbox, demonstrations=2).answer("Where is Bärn?", known)
    assert (used.text, used.usage.calls) == (text, 1)
    assert evidence in used.evidence
    [request] = model.requests
    [message] = request.messages
    assert [shown in message.content for shown in ("Zürich", "Genève", "Wil", "Where is Bärn?")] == [1, 1, 0, 1]
    assert (request.purpose, request.temperature) == ("tool-user", 0.0)
