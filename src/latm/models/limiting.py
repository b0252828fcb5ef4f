"""A limit on the model calls that are under way at once."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from latm.errors import ModelError
from latm.ledger import Usage
from latm.models.port import Completion, Model, Request
from latm.models.wrapper import Wrapper


class Slots:
    """Slots that two classes of callers share.

    Each class waits in order of arrival, and a slot that becomes free goes to the classes in turn. So the few calls of
    the tool maker never wait behind hundreds of others, and however many they are, the others go on too.

    Args:
        limit: how many slots there are.
    """

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._waiting: tuple[deque[asyncio.Future[None]], deque[asyncio.Future[None]]] = (deque(), deque())
        self._last_urgent = False

    @asynccontextmanager
    async def slot(self, *, urgent: bool) -> AsyncIterator[float]:
        """Hold a slot; gives the seconds that it was waited for."""
        started = time.monotonic()
        await self._take(urgent=urgent)
        try:
            yield time.monotonic() - started
        finally:
            self._give_back()

    async def _take(self, *, urgent: bool) -> None:
        if self._free:
            self._free -= 1
            self._last_urgent = urgent
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue = self._waiting[urgent]
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give_back()  # the slot came at the moment at which the caller gave up
            elif turn in queue:
                queue.remove(turn)
            raise

    def _give_back(self) -> None:
        """Hand the slot to whose turn it is, so that no newcomer can take it before."""
        for urgent in (not self._last_urgent, self._last_urgent):
            queue = self._waiting[urgent]
            while queue:
                turn = queue.popleft()
                if not turn.done():
                    self._last_urgent = urgent
                    turn.set_result(None)
                    return
        self._free += 1


class Limited(Wrapper):
    """Waits for one of the slots that several models share.

    Args:
        model: what to ask.
        slots: shared with other models.
        urgent: whether its calls wait in the queue of the tool maker.
    """

    def __init__(self, model: Model, slots: Slots, *, urgent: bool = False) -> None:
        super().__init__(model)
        self._slots = slots
        self._urgent = urgent

    async def complete(self, request: Request) -> Completion:
        """Ask once a slot is free; how long that took is part of the usage, also if it failed."""
        async with self._slots.slot(urgent=self._urgent) as waited:
            try:
                completion = await super().complete(request)
            except ModelError as error:
                error.usage += Usage(waited=waited)
                raise
            return replace(completion, usage=completion.usage + Usage(waited=waited))
