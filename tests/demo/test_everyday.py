"""The everyday stream: a preamble, letters, an envelope, another script, and questions that come once."""

from collections import Counter
from pathlib import Path

import pytest
from everyday_stand_in import Truthful
from rich.console import Console

from latm.demo.main import Choices, run_demo
from latm.demo.streams import Stream
from latm_bench.tasks.generators.everyday import EVERYDAY, ONE_OFF, PREAMBLE, everyday

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_kind_is_found_and_every_answer_right(tmp_path: Path, seed: int) -> None:
    choices = Choices(stream=Stream.EVERYDAY, questions=700, seed=seed, html=tmp_path / "page.html")
    model = Truthful(everyday(seed, 700))
    summary = await run_demo(choices, Console(quiet=True), quiet=True, models=model.models())
    assert summary.score.total.wrong == 0
    served = Counter(found.kind for found in summary.score.found if found.status == "served")
    assert served.keys() == {kind.name for kind, _ in EVERYDAY}
    assert len(model.requests) <= 150
    assert not any(ONE_OFF in found.kinds for found in summary.score.found if found.task)


async def test_what_a_real_model_said_is_replayed_to_the_end(tmp_path: Path) -> None:
    """Its tools are a real model's, who was told nothing but the prompts; see the recording's own notes."""
    choices = Choices(stream=Stream.EVERYDAY, html=tmp_path / "page.html")
    summary = await run_demo(choices, Console(quiet=True), quiet=True)
    assert (summary.score.total.right, summary.score.total.wrong) == (700, 0)
    served = {found.kind for found in summary.score.found if found.status == "served"}
    assert served == {kind.name for kind, _ in EVERYDAY}


def test_a_third_of_it_has_the_preamble_and_nothing_comes_twice() -> None:
    asked = list(everyday(1, 700))
    assert len({one.question for one in asked}) == 700
    assert 0.3 <= sum(one.question.startswith(PREAMBLE) for one in asked) / 700 <= 0.4
    assert asked == list(everyday(1, 700))
