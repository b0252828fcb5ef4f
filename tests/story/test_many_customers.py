"""Many customers in one process; and makings that get their share of it, whatever the traffic."""

import asyncio
import json
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from crowd import Moody, question, truth

from latm import Answer, AsyncLatm, Route, Settings
from latm.models.port import Message, Request
from latm.observing import MakingEnded, Notice

pytestmark = pytest.mark.anyio

SCOPES = Path(__file__).parents[2] / "benchmarks" / "scopes.py"
CALLERS = 100
KINDS = 5
FOR_EVER = 1_000
"""Questions of one caller, if makings wait until there are none."""


def test_every_answer_is_in_its_scopes_form_in_one_process() -> None:
    words = [sys.executable, str(SCOPES), *("--scopes", "4", "--kinds", "3", "--callers", "20", "--json")]
    found = json.loads(subprocess.run(words, check=True, capture_output=True, text=True, timeout=200).stdout)  # noqa: S603  # ours
    many, one = found["many"], found["one"]
    assert (many["wrong"], one["wrong"]) == (0, 0)
    assert many["tools"] == 4 * 3
    assert one["tools"] == 3
    assert many["by_tool_at_the_end"] == one["by_tool_at_the_end"] == 1.0


class Ended:
    """Counts the makings that have ended."""

    def __init__(self) -> None:
        self.count = 0

    def on_event(self, event: Notice, /) -> None:
        self.count += isinstance(event, MakingEnded)


@pytest.mark.parametrize("values", [{"concurrency": 8}, {}], ids=["few-model-calls", "defaults"])
async def test_makings_get_their_share_of_the_model_and_of_the_loop_while_the_traffic_never_stops(
    tmp_path: Path, values: dict[str, int]
) -> None:
    ended, model = Ended(), Moody(random.Random(0), 0, 0.05)

    async def own(messages: Sequence[Mapping[str, str]]) -> str:
        turns = [Message(turn["role"], turn["content"]) for turn in messages]  # type: ignore[arg-type]  # a role
        purpose = "propose" if turns[0].role == "system" else "direct"
        return (await model.complete(Request(turns, purpose))).text

    async def ask(latm: AsyncLatm, number: int, at: int) -> Answer:
        text = question((number + at) % KINDS, number, 1000 + number + at)  # no number is the same in all of a kind
        answer = await latm.ask(text)
        assert answer.text == truth(text)
        return answer

    async def caller(number: int, latm: AsyncLatm) -> None:
        for at in range(FOR_EVER):
            if ended.count == KINDS:
                break
            await ask(latm, number, at)

    store = f"sqlite:///{tmp_path / 'latm.db'}"
    settings = Settings.model_validate({"store": store, "making_tokens": 100, "tool_user": False} | values)
    async with AsyncLatm(settings, maker=own, observer=ended) as latm:
        await asyncio.gather(*(caller(number, latm) for number in range(CALLERS)))
        assert ended.count == KINDS, "the makings waited behind the traffic"
        answers = await asyncio.gather(*(ask(latm, number, FOR_EVER) for number in range(CALLERS)))
    assert {answer.route for answer in answers} == {Route.TOOL}
