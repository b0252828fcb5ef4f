"""Lanes: how many workers run at once for answers, and beside them for checks of tools, so that neither starves."""

import asyncio
import time

_GIVEN = 5
"""After a check, answers have the workers alone for so many times as long as it took."""
_LONGEST_SECONDS = 0.5
"""That a check waits for answers: a making ends in good time, whatever one of its tools took."""


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
        """Whether but one worker runs, and nobody waits for one."""
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

    def leave(self) -> None:
        """Give a turn back."""
        self._busy -= 1
        self._turns.release()


class Aside(Lane):
    """A lane of checks beside one of answers: neither waits for the other's workers, and answers go first.

    A check beside which answers were given leaves them the machine for a multiple of its own time before the next one
    begins, so that checks have a share of it and no more. Where nobody asks, they have it all. By the clock, not by
    processor time: where others want the machine too, checks and answers get slower together.

    Args:
        width: how many.
        answers: the lane of answers.
    """

    def __init__(self, width: int, answers: Lane) -> None:
        super().__init__(width)
        self._answers = answers
        self._began = 0.0
        self._seen = 0
        self._due = 0.0

    async def enter(self) -> int:
        """See `Lane.enter`."""
        others = await super().enter()
        try:
            if (pause := self._due - time.monotonic()) > 0:
                await asyncio.sleep(pause)
        except BaseException:
            super().leave()
            raise
        self._began, self._seen = time.monotonic(), self._answers.entered
        return others

    def leave(self) -> None:
        """See `Lane.leave`."""
        if self._answers.entered != self._seen:
            now = time.monotonic()
            self._due = now + min(_GIVEN * (now - self._began), _LONGEST_SECONDS)
        super().leave()
