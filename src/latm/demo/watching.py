"""Who watches a run, and the wrapper that tells them of every completion."""

import asyncio
from dataclasses import replace
from typing import Protocol

from latm.answer import Answer
from latm.models import Completion, Model, Models, Request
from latm.models.wrapper import Wrapper
from latm.provenance import Making


class Watcher(Protocol):
    """Is told what happens while it happens."""

    def asked(self, request: Request) -> None:
        """A model is being asked."""
        ...

    def completed(self, request: Request, completion: Completion) -> None:
        """A model answered, now or in the recording."""
        ...

    def answered(self, answer: Answer) -> None:
        """A question has its answer."""
        ...

    def made(self, making: Making) -> None:
        """A making has ended."""
        ...


class Watched(Wrapper):
    """A model that tells a watcher of every request and completion."""

    def __init__(self, model: Model, watcher: Watcher) -> None:
        super().__init__(model)
        self._watcher = watcher

    async def complete(self, request: Request) -> Completion:
        """Ask, and tell before and after."""
        self._watcher.asked(request)
        # A recorded completion comes at once. Everybody else must get a turn all the same, as while a real model
        # thinks: makings that start together then see the same tasks, and ask the same again.
        await asyncio.sleep(0)
        completion = await super().complete(request)
        self._watcher.completed(request, completion)
        return completion


def watched(models: Models, watcher: Watcher) -> Models:
    """The same models, watched in every role."""

    def watch(model: Model | None) -> Model | None:
        return None if model is None else Watched(model, watcher)

    return replace(
        models,
        maker=watch(models.maker),
        user=watch(models.user),
        dispatcher=watch(models.dispatcher),
        direct=watch(models.direct),
    )
