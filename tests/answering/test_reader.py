"""The reader of half tools: what is left to the model, and what becomes of its reply."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping

import pytest

from latm.answering.reader import Reader
from latm.errors import PassingModelError
from latm.models.port import Completion, Request
from latm.models.testing import ScriptedModel
from latm.sandbox import Sandbox, open_sandbox
from latm.settings import Settings
from latm.tool import Program
from letters import half

pytestmark = pytest.mark.anyio

ALL, SOME = {"number": 7, "tone": "polite"}, {"number": 7}


def program(sure: Mapping[str, object]) -> Program:
    """A half tool whose parser is sure of these arguments."""
    parse = f"def parse(question):\n    return {sure!r}"
    fenced = half(parse=parse, asked='"tone": {"type": "string", "enum": ["polite", "rude"]}', takes="number, tone")
    return Program.of(fenced.removeprefix("```python\n").removesuffix("```"))


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox(Settings(sandbox="unsafe-in-process")) as started:
        yield started


async def test_a_model_is_not_asked_if_the_parser_is_sure_of_everything(sandbox: Sandbox) -> None:
    model = ScriptedModel([])
    [read] = await Reader(model, sandbox).read(program(ALL), ["?"])
    assert (read.arguments, read.sure, model.requests) == (ALL, ALL, [])


@pytest.mark.parametrize(
    ("reply", "arguments"),
    [(json.dumps({"tone": "polite"}), ALL), ("null", None), ('{"tone": "so"}', None), (json.dumps(ALL), None)],
)
async def test_whatever_the_model_replies_what_the_parser_is_sure_of_stays(
    sandbox: Sandbox, reply: str, arguments: Mapping[str, object] | None
) -> None:
    model = ScriptedModel([reply])
    [read] = await Reader(model, sandbox).read(program(SOME), ["?"])
    assert (read.arguments, read.sure) == (arguments, SOME)
    assert [request.purpose for request in model.requests] == ["tool-user"]


class Late(ScriptedModel):
    """Takes a while for each reply, but fails at once."""

    replied = 0

    async def complete(self, request: Request) -> Completion:
        completion = await super().complete(request)
        for _ in range(20):
            await asyncio.sleep(0)
        self.replied += 1
        return completion


async def test_if_one_reading_fails_the_others_are_waited_for_as_they_cost_all_the_same(sandbox: Sandbox) -> None:
    model = Late([PassingModelError("It is away."), '{"tone": "rude"}', '{"tone": "polite"}'])
    with pytest.raises(PassingModelError):
        await Reader(model, sandbox).read(program(SOME), ["?", "??", "???"])
    assert model.replied == 2
