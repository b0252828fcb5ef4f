"""Half tools in a stream: a light model reads, the tool works out the rest, and the ledger tells both."""

import json
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from latm import Answer, AsyncLatm, Route, Settings
from latm.errors import PassingModelError
from latm.models import Meter, Models, Request
from latm.models.testing import ScriptedModel
from latm.tool import ToolKind, ToolStatus
from letters import LAYOUTS, half, ticket

pytestmark = pytest.mark.anyio

MARKS = LAYOUTS["text between marks"]
MADE_AT, READ = 24, 20 + 2
"""Tickets before there is a tool, and requests that its making has read: twenty examples, two orders to the reader."""
PARTS = half(
    parse="""
def parse(question):
    before, after = LAYOUT.split("{}")
    if not (question.strip().startswith(before) and question.strip().endswith(after)):
        return None
    return {"number": int(question[question.index("KD-") + 3:][:6])}
""",
    asked='"tone": {"type": "string", "enum": ["polite", "rude"]}',
    takes="number, tone",
).replace("return str(value)", "return json.dumps(value)")
PARTS = PARTS.replace("return number + 1", 'return {"number": number, "tone": tone}').replace(
    "LAYOUT =", "import json\nLAYOUT ="
)


def number(request: Request) -> int:
    return int(re.findall(r"KD-([0-9]{6})", request.messages[-1].content)[-1])


def digits(text: str) -> int:
    return int(text[text.index("KD-") + 3 :][:6])


def asked(count: int) -> list[str]:
    rng = random.Random(5)
    return [MARKS.format(ticket(rng, f"KD-{rng.randint(100_000, 999_999)}")) for _ in range(count)]


def opened(
    tmp_path: Path,
    tool: str,
    direct: Callable[[Request], str],
    user: Callable[[Request], str | Exception],
    **values: object,
) -> AsyncLatm:
    strong = ScriptedModel(lambda request: tool if request.purpose in {"propose", "verify"} else direct(request))
    light = ScriptedModel(user)
    models = Models(strong, light, None, strong, Meter(), strong, is_light=True)
    given = {"store": f"sqlite:///{tmp_path / 'latm.db'}", "block": 12, "making_tokens": 50} | values
    return AsyncLatm(Settings.model_validate(given), models=models)


async def answers_to(latm: AsyncLatm, count: int) -> list[Answer]:
    return [answer async for answer in latm.run(asked(count), length=count)]


def plus_one(request: Request) -> str:
    return str(number(request) + 1)


def read(request: Request) -> str:
    return json.dumps({"number": number(request)})


async def test_a_half_tool_answers_by_the_light_model_and_the_ledger_tells_both(tmp_path: Path) -> None:
    async with opened(tmp_path, half(), plus_one, read) as latm:
        answers = await answers_to(latm, 48)
        [made] = latm.cache.tools()
        [book] = [one for one in latm.cache.ledger() if one.task == made.task]
    assert [answer.text for answer in answers] == [str(digits(text) + 1) for text in asked(48)]
    assert [answer.route for answer in answers] == [Route.DIRECT] * MADE_AT + [Route.TOOL_USER] * 24
    assert {answer.usage.calls for answer in answers} == {1}
    assert made.kind is ToolKind.HALF
    assert (book.billed["tool_user"].calls, book.billed["direct"].calls, book.by_tool) == (24, 24, 24)
    assert book.billed["making"].calls == 1 + READ


async def test_a_light_model_that_takes_as_much_as_the_strong_one_never_pays(tmp_path: Path) -> None:
    """Its prompt holds the request and the schema, so that in tokens it takes more; what it saves is their price."""
    async with opened(tmp_path, half(), plus_one, read) as latm:
        await answers_to(latm, 36)
        [book] = [one for one in latm.cache.ledger() if one.by_tool]
    assert book.avoided_tokens is not None
    assert book.billed["tool_user"].tokens > book.avoided_tokens.mean
    assert book.pays_from is None


@pytest.mark.parametrize("given", ["null", "so polite", '{"number": "seven"}', '{"number": 7, "more": 8}', "{}"])
async def test_what_does_not_follow_the_schema_goes_on_to_the_strong_model(tmp_path: Path, given: str) -> None:
    seen: list[str] = []

    def user(request: Request) -> str:
        seen.append(request.messages[-1].content)
        return read(request) if len(seen) <= READ else given

    async with opened(tmp_path, half(), plus_one, user) as latm:
        answers = await answers_to(latm, MADE_AT + 4)
    assert [answer.route for answer in answers[MADE_AT:]] == [Route.DIRECT] * 4
    assert [answer.text for answer in answers[MADE_AT:]] == [
        str(digits(text) + 1) for text in asked(MADE_AT + 4)[MADE_AT:]
    ]
    assert {answer.usage.calls for answer in answers[MADE_AT:]} == {2}


async def test_a_light_model_that_fails_in_the_making_puts_it_off_and_loses_no_answer(tmp_path: Path) -> None:
    def user(request: Request) -> str | Exception:
        return PassingModelError("it is away") if number(request) % 2 else read(request)

    async with opened(tmp_path, half(), plus_one, user) as latm:
        answers = await answers_to(latm, MADE_AT + 4)
        assert latm.cache.tools() == []
        [book] = [one for one in latm.cache.ledger() if one.task]
    assert {answer.route for answer in answers} == {Route.DIRECT}
    assert book.billed["unfinished"].calls > 1


@pytest.mark.parametrize("given", ["-1", "-2"])
async def test_what_solve_or_the_form_refuses_goes_on_to_the_strong_model(tmp_path: Path, given: str) -> None:
    """For -1 it finds no value, for -2 one that is not written as the answers of its kind are."""
    seen: list[str] = []

    def user(request: Request) -> str:
        seen.append(request.messages[-1].content)
        return read(request) if len(seen) <= READ else json.dumps({"number": int(given)})

    careful = half(plus="1 if number >= 0 else None if number == -1 else 'about none'")
    async with opened(tmp_path, careful, plus_one, user) as latm:
        answers = await answers_to(latm, MADE_AT + 2)
    assert [answer.route for answer in answers[MADE_AT:]] == [Route.DIRECT] * 2


async def test_a_request_with_another_frame_costs_no_reading(tmp_path: Path) -> None:
    async with opened(tmp_path, half(), plus_one, read) as latm:
        await answers_to(latm, MADE_AT + 1)
        answer = await latm.ask(asked(MADE_AT + 2)[-1].replace("Find the order number", "Find the article number"))
    assert (answer.route, answer.usage.calls) == (Route.DIRECT, 1)


async def test_no_half_tool_is_made_of_one_model_alone(tmp_path: Path) -> None:
    """Where the tool user is the tool maker itself, reading saves nothing."""
    strong = ScriptedModel(lambda request: half() if request.purpose in {"propose", "verify"} else plus_one(request))
    models = Models(strong, strong, None, strong, Meter(), strong)
    settings = Settings(store=f"sqlite:///{tmp_path / 'latm.db'}", block=12, making_tokens=50)
    async with AsyncLatm(settings, models=models) as latm:
        answers = await answers_to(latm, MADE_AT + 12)
        assert latm.cache.tools() == []
    assert {answer.route for answer in answers} == {Route.DIRECT}


async def test_a_half_tool_in_shadow_is_read_for_and_compared(tmp_path: Path) -> None:
    async with opened(tmp_path, half(), plus_one, read, policy="certified", max_error=0.2, confidence=0.9) as latm:
        answers = await answers_to(latm, 60)
        [made] = latm.cache.tools()
        [book] = [one for one in latm.cache.ledger() if one.task == made.task]
    assert made.status is ToolStatus.SERVING
    assert answers[-1].route is Route.TOOL_USER
    assert book.billed["audits"].calls > 0


def whole(request: Request) -> str:
    return json.dumps({"number": number(request), "tone": "polite"})


async def test_the_light_model_is_asked_for_the_unsure_field_alone_and_both_are_merged(tmp_path: Path) -> None:
    seen: list[str] = []

    def user(request: Request) -> str:
        seen.append(request.messages[-1].content)
        return '{"tone": "polite"}'

    async with opened(tmp_path, PARTS, whole, user) as latm:
        answers = await answers_to(latm, MADE_AT + 4)
    assert [answer.route for answer in answers[MADE_AT:]] == [Route.TOOL_USER] * 4
    assert [json.loads(answer.text) for answer in answers] == [
        {"number": digits(text), "tone": "polite"} for text in asked(MADE_AT + 4)
    ]
    assert not any('"number"' in text for text in seen)
    assert "its parser number" in answers[-1].evidence


@pytest.mark.parametrize("partial", [False, True])
async def test_a_part_of_an_answer_is_given_where_the_caller_allows_it_and_nowhere_else(
    tmp_path: Path, partial: bool
) -> None:
    seen: list[str] = []

    def user(request: Request) -> str:
        seen.append(request.messages[-1].content)
        return '{"tone": "polite"}' if len(seen) <= READ else "null"

    async with opened(tmp_path, PARTS, whole, user, partial=partial) as latm:
        answer = (await answers_to(latm, MADE_AT + 1))[-1]
    sure = digits(asked(MADE_AT + 1)[-1])
    wanted = (Route.TOOL_USER, ("tone",), None) if partial else (Route.DIRECT, (), "polite")
    assert (answer.route, answer.missing, json.loads(answer.text)["tone"]) == wanted
    assert json.loads(answer.text)["number"] == sure
    assert answer.to_dict()["missing"] == list(answer.missing)
    assert ("a part of an answer, without tone" in answer.evidence) == partial
    assert answer.tool is None  # nor does a direct answer count for a version
