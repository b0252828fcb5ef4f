"""Which worker gets which shard: events in, instructions out. It is pure: it starts nothing and waits for nothing."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker has started."""

    worker: int


@dataclass(frozen=True, slots=True)
class Done:
    """A worker has answered a shard."""

    worker: int
    shard: int


@dataclass(frozen=True, slots=True)
class Lost:
    """A worker ended too early, with the shards that it had. This may be reported more than once."""

    worker: int


@dataclass(frozen=True, slots=True)
class Hire:
    """Start a worker to replace a lost one. The new worker gets its own number."""


@dataclass(frozen=True, slots=True)
class Send:
    """Give a shard to a worker."""

    worker: int
    shard: int


@dataclass(frozen=True, slots=True)
class Leave:
    """Give a shard to no worker any more: too many workers were lost on it."""

    shard: int


Event = Ready | Done | Lost
Instruction = Hire | Send | Leave


class Plan:
    """Sees that every shard is answered once or left, whatever happens to the workers.

    A worker has a second shard waiting while it answers its first. The shards of a lost worker are sent again first.

    Args:
        shards: how many shards there are; they are numbered from 0.
        workers: the workers that are ready.
        tries: how many workers may be lost on a shard before it is left.
    """

    def __init__(self, shards: int, workers: Collection[int], *, tries: int = 3) -> None:
        self._waiting = deque(range(shards))
        self._with: dict[int, list[int]] = {worker: [] for worker in workers}
        self._losses: dict[int, int] = {}
        self._open = shards
        self._tries = tries

    @property
    def is_done(self) -> bool:
        """Whether every shard is answered or left."""
        return self._open == 0

    def begin(self) -> list[Instruction]:
        """What to do first."""
        return self._sent()

    def on(self, event: Event) -> list[Instruction]:
        """What to do after an event."""
        match event:
            case Ready(worker):
                self._with[worker] = []
            case Done(worker, shard):
                self._with[worker].remove(shard)
                self._open -= 1
            case Lost(worker) if worker in self._with:
                return [*self._lost(worker), Hire(), *self._sent()]
        return self._sent()

    def _lost(self, worker: int) -> list[Instruction]:
        """Take back a worker's shards. It was answering the first of them when it ended."""
        had = self._with.pop(worker)
        left: list[Instruction] = []
        for place, shard in enumerate(had):
            self._losses[shard] = self._losses.get(shard, 0) + (place == 0)
            if self._losses[shard] >= self._tries:
                self._open -= 1
                left.append(Leave(shard))
        self._waiting.extendleft(shard for shard in reversed(had) if self._losses[shard] < self._tries)
        return left

    def _sent(self) -> list[Instruction]:
        """Send shards to the workers that have the fewest, at most two each."""
        sent: list[Instruction] = []
        for most in (1, 2):
            for worker, has in self._with.items():
                if self._waiting and len(has) < most:
                    has.append(self._waiting.popleft())
                    sent.append(Send(worker, has[-1]))
        return sent
