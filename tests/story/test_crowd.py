"""The short form of the crowd: 200 callers, 20 kinds, failing models, a second process that meddles."""

import random
from pathlib import Path

import pytest
from crowd import crowd

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "seed", [pytest.param(1, id="a known seed"), pytest.param(None, id="any seed", marks=pytest.mark.long)]
)
async def test_a_crowd_is_answered_right_and_accounted_for(tmp_path: Path, seed: int | None) -> None:
    if seed is None:
        seed = random.SystemRandom().randrange(10**6)
        print(f"seed {seed}")  # noqa: T201  # pytest shows it if the test fails
    outcomes = await crowd(tmp_path, questions=1_000, kinds=20, seed=seed)
    assert outcomes.undocumented == []
    assert outcomes.wrong == []
    assert outcomes.made_twice == []
    assert outcomes.unlogged == 0
    assert outcomes.meter_tokens == outcomes.store_tokens
    assert outcomes.tools > 0
