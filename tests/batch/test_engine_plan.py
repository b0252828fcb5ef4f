"""The plan of an engine: whatever becomes of the workers, every shard is answered once, or left for a reason."""

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from latm.engines.plan import Done, Event, Hire, Instruction, Leave, Lost, Plan, Ready, Send

TRIES = 3


class World:
    """Workers that do what they are told, or are lost, by chance."""

    def __init__(self, plan: Plan, workers: int, losing: float, chance: random.Random) -> None:
        self.plan = plan
        self.running: dict[int, list[int]] = {worker: [] for worker in range(workers)}
        self.starting = 0
        self.hired = workers
        self.losing = losing
        self.chance = chance
        self.done: Counter[int] = Counter()
        self.left: Counter[int] = Counter()
        self.lost_at: Counter[int] = Counter()

    def follow(self, instructions: list[Instruction]) -> None:
        for instruction in instructions:
            match instruction:
                case Send(worker, shard):
                    assert len(self.running[worker]) < 2
                    assert all(shard not in has for has in self.running.values())
                    assert not self.done[shard]
                    self.running[worker].append(shard)
                case Hire():
                    self.starting += 1
                case Leave(shard):
                    self.left[shard] += 1

    def events(self) -> list[Event]:
        """What happens next: a worker starts, finishes what it is at, or is lost, which is told once or more."""
        busy = [worker for worker, has in self.running.items() if has]
        if self.starting and (not busy or self.chance.random() < 0.3):
            self.starting -= 1
            self.hired += 1
            self.running[self.hired] = []
            return [Ready(self.hired)]
        worker = self.chance.choice(busy)
        has = self.running[worker]
        if self.chance.random() < self.losing:
            self.lost_at[has[0]] += 1
            del self.running[worker]
            return [Lost(worker)] * len(has)
        self.done[has[0]] += 1
        return [Done(worker, has.pop(0))]


@given(st.integers(0, 40), st.integers(1, 5), st.sampled_from([0.0, 0.2, 0.6, 1.0]), st.integers())
def test_every_shard_is_answered_once_or_left_after_so_many_losses(
    shards: int, workers: int, losing: float, seed: int
) -> None:
    plan = Plan(shards, range(workers), tries=TRIES)
    world = World(plan, workers, losing, random.Random(seed))
    world.follow(plan.begin())
    while not plan.is_done:
        for event in world.events():
            world.follow(plan.on(event))
    assert {*world.done, *world.left} >= set(range(shards))
    assert set(world.done.values()) | set(world.left.values()) <= {1}
    assert not {*world.done} & {*world.left}
    assert all(world.lost_at[shard] == TRIES for shard in world.left)
    assert losing or not world.left


def test_what_a_lost_worker_had_is_sent_again_first() -> None:
    plan = Plan(6, [1, 2])
    assert plan.begin() == [Send(1, 0), Send(2, 1), Send(1, 2), Send(2, 3)]
    assert plan.on(Lost(1)) == [Hire()]
    assert plan.on(Lost(1)) == []
    assert plan.on(Ready(3)) == [Send(3, 0), Send(3, 2)]
    assert plan.on(Done(2, 1)) == [Send(2, 4)]
