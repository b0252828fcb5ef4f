"""Makings as latm orders them: who is asked beside the maker."""

from dataclasses import replace
from pathlib import Path

import pytest

from latm import AsyncLatm, Example, Settings
from latm.models import Meter, Models
from latm.models.testing import ScriptedModel
from latm.provenance import Outcome
from toy import sum_question, toy_reply

pytestmark = pytest.mark.anyio

SUMS = [Example(sum_question(n, n + 2), str(2 * n + 2), "model") for n in range(8)]


async def test_a_label_that_a_fresh_answer_contradicts_falls_and_the_tool_is_made(tmp_path: Path) -> None:
    model = ScriptedModel(toy_reply)
    models = Models(maker=model, user=None, dispatcher=None, direct=model, meter=Meter())
    settings = Settings(store=f"sqlite:///{tmp_path / 'latm.db'}", sandbox="unsafe-in-process")
    async with AsyncLatm(settings, models=models) as latm:
        made = await latm.make("sums", [*SUMS[:-1], replace(SUMS[-1], answer="17")])
    assert made.outcome is Outcome.MADE
