"""Lanes: how many workers run at once for answers, and beside them for checks of tools, so that neither starves."""

import asyncio
import time

_GIVEN = 12
"""After a check, this process has so many times the processor time that it took, for answers, before the next."""
_LOOK_SECONDS = 0.05
_LONGEST_SECONDS = 1.0
"""That a check waits for answers: a making ends in good time, whatever its tools took and others do here."""


class Lane:
    """So many workers at once, and who waits for one.

    Args:
        width: how many.

    Attributes:
        width: how many.
        entered: turns so far.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.entered = 0
        self._turns = asyncio.Semaphore(width)
        self._busy = 0
        self._waiting = 0

    @property
    def free(self) -> int:
        """How many more workers may run now."""
        return self.width - self._busy

    @property
    def alone(self) -> bool:
        """Whether only one worker runs, and nobody waits for one."""
        return self._busy == 1 and not self._waiting

    @property
    def queued(self) -> bool:
        """Whether somebody waits for a worker."""
        return self._waiting > 0

    async def enter(self) -> int:
        """Wait for a turn; how many others have one."""
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1
        self._busy += 1
        self.entered += 1
        return self._busy - 1

    def leave(self, _seconds: float = 0.0) -> None:
        """Give a turn back, in which a worker had so much processor time."""
        self._busy -= 1
        self._turns.release()


class Aside(Lane):
    """A lane of checks beside one of answers: neither waits for the other's workers, and answers go first.

    After a check beside which answers were given, the next one waits until this process has had a multiple of its
    processor time, or nobody asks any more. So checks have a share of what there is and no more, however much that is,
    and if nobody asks, they have it all.

    Args:
        width: how many.
        answers: the lane of answers.
    """

    def __init__(self, width: int, answers: Lane) -> None:
        super().__init__(width)
        self._answers = answers
        self._seen = 0
        self._due = 0.0

    async def enter(self) -> int:
        """See `Lane.enter`."""
        others = await super().enter()
        try:
            await self._give_way()
        except BaseException:
            super().leave()
            raise
        self._seen = self._answers.entered
        return others

    async def _give_way(self) -> None:
        enough, seen = time.monotonic() + _LONGEST_SECONDS, -1
        while time.process_time() < self._due and self._answers.entered != seen and time.monotonic() < enough:
            seen = self._answers.entered
            await asyncio.sleep(_LOOK_SECONDS)

    def leave(self, seconds: float = 0.0) -> None:
        """See `Lane.leave`."""
        if self._answers.entered != self._seen:
            self._due = time.process_time() + _GIVEN * seconds
        super().leave()
