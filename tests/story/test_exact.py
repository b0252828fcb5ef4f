"""Exact answers without a server: `ask` and `run` answer what was asked before by what was answered, where so set."""

import asyncio
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latm import AsyncLatm, Question, Route, Scope, Settings
from latm.exact import named
from latm.models import Meter, Models
from latm.models.testing import ScriptedModel
from toy import taste_question

pytestmark = pytest.mark.anyio


def opened(tmp_path: Path, **own: object) -> tuple[AsyncLatm, ScriptedModel]:
    """A latm whose model never says the same twice."""
    numbers = count(1)
    model = ScriptedModel(lambda _: f"answer {next(numbers)}")
    models = Models(maker=None, user=None, dispatcher=None, direct=model, meter=Meter())
    usual = {"store": f"sqlite:///{tmp_path / 'latm.db'}", "block": 2, "exact_answers": "always"}
    return AsyncLatm(Settings.model_validate(usual | own), models=models), model


async def test_what_is_asked_again_is_answered_from_the_store(tmp_path: Path) -> None:
    latm, model = opened(tmp_path)
    async with latm:
        first = await latm.ask(taste_question(1, 2))
        await latm.written()
        again = await latm.ask(taste_question(1, 2))
        other = await latm.ask(taste_question(1, 2), instructions="Say it in French.")
        [third] = await latm.ask_many([taste_question(1, 2)])
    assert [one.text for one in (first, again, other, third)] == ["answer 1", "answer 1", "answer 2", "answer 1"]
    assert [one.route for one in (again, other, third)] == [Route.EXACT, Route.DIRECT, Route.EXACT]
    assert (again.usage.calls, again.tool, again.bound) == (0, None, None)
    assert len(model.requests) == 2


async def test_a_stream_finds_what_its_own_blocks_were_answered(tmp_path: Path) -> None:
    latm, model = opened(tmp_path)
    texts = [taste_question(number % 4, 1) for number in range(16)]
    async with latm:
        answers = [answer async for answer in latm.run(texts, length=len(texts))]
    assert [answer.route for answer in answers] == [Route.DIRECT] * 4 + [Route.EXACT] * 12
    assert [answer.text for answer in answers] == [f"answer {1 + number % 4}" for number in range(16)]
    assert len(model.requests) == 4


@pytest.mark.parametrize(
    ("own", "route"),
    [
        ({"exact_answers": "never"}, Route.DIRECT),
        ({"exact_answers": "cold"}, Route.DIRECT),
        ({"exact_answers": "cold", "answer_style": "reasoned"}, Route.EXACT),
        ({"exact_seconds": 0.000_001}, Route.DIRECT),
    ],
    ids=str,
)
async def test_it_is_as_the_settings_say(tmp_path: Path, own: dict[str, object], route: Route) -> None:
    latm, _ = opened(tmp_path, **own)
    async with latm:
        await latm.ask("Which?")
        await latm.written()
        await asyncio.sleep(0.01)  # when an answer was given is kept to the millisecond
        assert (await latm.ask("Which?")).route is route


async def test_what_is_forgotten_serves_nobody(tmp_path: Path) -> None:
    latm, _ = opened(tmp_path)
    async with latm:
        await latm.ask("Which?")
        await latm.forget(containing="Which?")
        assert (await latm.ask("Which?")).text == "answer 2"


TEXTS = st.text(max_size=3) | st.sampled_from(["", "\ud800", '","', "\0"])
ASKED = st.tuples(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)


@settings(deadline=None)
@given(ASKED, ASKED)
def test_requests_that_differ_in_anything_have_different_names(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    def name(asked: tuple[str, ...]) -> str:
        text, parameters, *scope = asked
        asked_any = Settings(exact_answers="always")
        return named(Question(text, Scope(*scope)), asked_any, parameters, is_cold=False).exact

    assert (name(one) == name(other)) is (one == other)
