"""What every wrapper around a model shares."""

from latm.models.port import Completion, Model, Request


class Wrapper:
    """A model that passes everything on to another; wrappers override `complete`."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def name(self) -> str:
        """The wrapped model's."""
        return self._model.name

    async def complete(self, request: Request) -> Completion:
        """Ask the wrapped model."""
        return await self._model.complete(request)

    async def close(self) -> None:
        """Close the wrapped model."""
        await self._model.close()
