"""Replicas: a gateway and a worker on one PostgreSQL, both killed, and cut off; the short form of `replicas.py`."""

import asyncio
import math
from dataclasses import dataclass
from pathlib import Path

from replicas import BLOCK, Plan, World, world

from postgresql_server import cut_connections

PLAN = Plan(
    seconds=0, seed=3, kinds=5, lines=4 * BLOCK, callers=4, think=0.05, tools=0, gateways=1, workers=1, window=math.inf
)


@dataclass(slots=True)
class Left:
    """What the gateway had answered, or was about to, and was not on record yet when it was killed."""

    answers: int = 0


async def disturbed(world: World, left: Left) -> None:
    """Two kills and a cut, each once so much has been answered."""
    [gateway], [worker], answered = world.gateways, world.workers, world.calls.answered
    await world.until(lambda: len(answered) >= 15)
    cut_connections(world.store)
    await world.until(lambda: len(answered) >= 30)
    recorded = world.count("answers WHERE id NOT LIKE 'w%'")
    left.answers = len(answered) - recorded + PLAN.callers
    gateway.kill()
    await world.until(lambda: world.output(worker.name).exists() and world.output(worker.name).stat().st_size > 0)
    worker.kill()
    await world.until(lambda: len(answered) >= 60 and world.count("versions") >= PLAN.at_gateways)


def test_what_is_killed_and_cut_off_makes_each_tool_once_and_buys_again_only_what_was_in_flight(tmp_path: Path) -> None:
    left = Left()
    with world(PLAN, tmp_path) as made:
        found = asyncio.run(made.run_through(disturbed(made, left)))
    assert {name: count for name, count in found["faults"].items() if count} == {}
    assert found["kinds"] == PLAN.kinds
    assert PLAN.at_gateways <= found["versions"] <= PLAN.kinds  # of a worker's kind none may come at the file's end
    assert found["starts"]["g1"] >= 2
    assert found["answered_by_workers"] == {"w1": PLAN.lines}
    assert found["not_on_record_as_its_gateway_was_ended"] <= left.answers
    assert found["bought_again_after_a_kill"]["answers"] <= left.answers + BLOCK
    assert found["bought_again_after_a_kill"]["makings"] <= PLAN.kinds
