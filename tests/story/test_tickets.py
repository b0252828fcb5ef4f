"""Tickets in a stream: their tool waits for enough examples, and is found wherever the document stands."""

import random
import re
from pathlib import Path

import pytest

from latm import AsyncLatm, Route, Settings
from latm.cli.showing import verified
from latm.models import Meter, Models, Request
from latm.models.testing import ScriptedModel
from tickets import LAYOUTS, ticket, tool

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_tickets_of_a_stream_are_read_by_a_tool(tmp_path: Path, layout: str) -> None:
    def reply(request: Request) -> str:
        number = re.search(r"KD-[0-9]{6}", request.messages[-1].content)
        return number[0] if number and request.purpose == "direct" else tool(layout)

    model = ScriptedModel(reply)
    models = Models(maker=model, user=None, dispatcher=None, direct=model, meter=Meter())
    rng = random.Random(5)
    numbers = [f"KD-{rng.randint(100_000, 999_999)}" for _ in range(40)]
    asked = [LAYOUTS[layout].format(ticket(rng, number)) for number in numbers]
    settings = Settings(store=f"sqlite:///{tmp_path / 'latm.db'}", block=8, making_tokens=50)
    async with AsyncLatm(settings, models=models) as latm:
        answers = [answer async for answer in latm.run(asked, length=len(asked))]
        [made] = latm.cache.tools()
    assert [answer.text for answer in answers] == numbers
    assert [answer.route for answer in answers] == [Route.DIRECT] * 16 + [Route.TOOL] * 24
    assert made.verification.frame == LAYOUTS[layout].format("{text}")
    assert made.verification.frame in verified(made.verification)
    assert ("cannot be told" in verified(made.verification)) == (layout == "text last")
