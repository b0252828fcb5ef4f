"""The everyday stream: a preamble, letters, an envelope, another script, and questions that come once."""

import re
from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console
from truthful import Truthful

from latm.demo.main import Choices, run_demo
from latm.models import Models
from latm.models.metering import Meter, Metered
from latm_bench.tasks.generators.everyday import EVERYDAY, ONE_OFF, PREAMBLE, everyday

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_kind_is_found_and_every_answer_right(tmp_path: Path, seed: int) -> None:
    choices = Choices(questions=700, seed=seed, html=tmp_path / "page.html")
    model, meter = Truthful(list(everyday(seed, 700)), {ONE_OFF}), Meter()
    maker, user, direct = (Metered(model, meter, role) for role in ("maker", "user", "direct"))
    models = Models(maker, user, None, direct, meter)
    summary = await run_demo(choices, Console(quiet=True), quiet=True, models=models)
    assert summary.score.total.wrong == 0
    served = Counter(found.kind for found in summary.score.found if found.status == "served")
    assert served.keys() == {kind.name for kind, _ in EVERYDAY}
    assert len(model.requests) <= 150
    assert not any(ONE_OFF in found.kinds for found in summary.score.found if found.task)


def test_a_third_of_it_has_the_preamble_nothing_comes_twice_and_no_blank_is_left() -> None:
    asked = list(everyday(1, 700))
    assert len({one.question for one in asked}) == 700
    assert 0.3 <= sum(one.question.startswith(PREAMBLE) for one in asked) / 700 <= 0.4
    assert not any(re.search(r"\{\w+\}", one.question) for one in asked)
    assert asked == list(everyday(1, 700))
