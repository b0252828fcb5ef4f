"""A tool by the paper's protocol, from the user's own examples: made, checked on them, and served by the tool user."""

from pathlib import Path

import pytest

from latm.answer import Route
from latm.errors import InputError, SettingsError
from latm.latm import AsyncLatm
from latm.models import Meter, Models
from latm.models.testing import ScriptedModel
from latm.provenance import Outcome
from latm.settings import Settings
from latm.task import Example
from latm.tool import ToolKind, ToolStatus
from paper_replies import SOLUTION, guide_of, paper_reply

pytestmark = pytest.mark.anyio

EXAMPLES = [Example(f"What is {n} and {n + 1}?", str(2 * n + 1)) for n in range(1, 7)]
GUIDE = guide_of((4, 5), (5, 6), (6, 7))
CONTRADICTS = GUIDE.replace("[6, 7]", "[6, 6]")


def _models(guide: str = GUIDE) -> Models:
    others = {"wrap": guide, "tool-user": SOLUTION.format(a=20, b=3), "direct": "23", "audit": "23"}
    model = ScriptedModel(lambda request: others.get(request.purpose) or paper_reply(request))
    return Models(model, model, None, model, Meter())


def _settings(folder: Path, **more: object) -> Settings:
    return Settings.model_validate({"store": f"sqlite:///{folder / 'latm.db'}", "tool_seconds": 30.0, **more})


async def test_it_serves_through_the_tool_user(tmp_path: Path) -> None:
    async with AsyncLatm(_settings(tmp_path), models=_models()) as latm:
        making = await latm.make("sums", EXAMPLES, protocol="paper")
        shown = await latm.tools.show("sums")
        answer = await latm.ask("What is 20 and 3?")
    assert making.outcome is Outcome.MADE
    [version] = shown.versions
    assert (version.kind, version.status) == (ToolKind.PAPER, ToolStatus.SERVING)
    assert version.verification.answered == 3
    assert (answer.text, answer.route, answer.tool_id) == ("23", Route.TOOL_USER, making.tool_id)


async def test_a_use_that_contradicts_an_example_fails_the_making(tmp_path: Path) -> None:
    async with AsyncLatm(_settings(tmp_path), models=_models(CONTRADICTS)) as latm:
        making = await latm.make("sums", EXAMPLES, protocol="paper")
    assert (making.outcome, making.tool_id) == (Outcome.FAILED, None)
    assert "Right answer: 13" in making.reason


async def test_in_shadow_the_tool_user_is_compared_with_the_model(tmp_path: Path) -> None:
    settings = _settings(tmp_path, max_error=0.3, audit=1.0)
    async with AsyncLatm(settings, models=_models()) as latm:
        await latm.make("sums", EXAMPLES, protocol="paper")
        for _ in range(30):
            await latm.ask("What is 20 and 3?")
            await latm.audited()
        [version] = (await latm.tools.show("sums")).versions
        served = await latm.ask("What is 20 and 3?")
    assert version.status is ToolStatus.SERVING
    assert served.route is Route.TOOL_USER


@pytest.mark.parametrize(
    ("settings", "protocol", "said"),
    [
        ({"tool_user": False}, "paper", "tool_user is off"),
        ({"versions": 2}, "paper", "versions is 2"),
        ({}, "papyrus", "'compiled' or 'paper', and this is a str: 'papyrus'"),
    ],
)
async def test_what_does_not_go_together_is_refused_before_anything_is_kept(
    tmp_path: Path, settings: dict[str, object], protocol: str, said: str
) -> None:
    async with AsyncLatm(_settings(tmp_path, **settings), models=_models()) as latm:
        with pytest.raises((InputError, SettingsError), match=said):
            await latm.make("sums", EXAMPLES, protocol=protocol)
        assert not await latm.tools.list()
