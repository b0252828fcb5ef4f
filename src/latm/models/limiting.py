"""A limit on the model calls that are under way at once."""

import anyio

from latm.models.port import Completion, Model, Request
from latm.models.wrapper import Wrapper


class Limited(Wrapper):
    """Waits for one of the slots that several models share."""

    def __init__(self, model: Model, slots: anyio.Semaphore) -> None:
        super().__init__(model)
        self._slots = slots

    async def complete(self, request: Request) -> Completion:
        """Ask once a slot is free."""
        async with self._slots:
            return await super().complete(request)
