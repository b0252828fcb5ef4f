"""A model that the user brings: an async function, or an object with `complete`."""

import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Protocol, runtime_checkable

from latm.errors import PassingModelError, SettingsError
from latm.ledger import Usage
from latm.models.counting import estimated_tokens
from latm.models.port import Completion, Request
from latm.models.usable import Reader, Said

Turns = list[dict[str, str]]
"""A conversation as APIs have it: `role` (system, user, assistant) and `content` of each turn."""


@runtime_checkable
class Model(Protocol):
    """A model of one's own: an object with this one method. `latm.models.Model` is the wider port inside."""

    def complete(self, request: Request) -> Awaitable[Completion | str]:
        """Answer with a completion, or with its text alone."""
        ...


Own = Callable[[Turns], Awaitable[str]] | Model


class OwnModel:
    """A user's function or object as a model.

    An error of latm's tree that it raises is taken at its word; `OSError`, which holds lost connections, and
    `TimeoutError` may pass; anything else is a fault of the program and surfaces. Tokens are estimated if it does
    not count them, and there is no price.

    Args:
        own: the function or object.
        name: what the model is called; None: the name it has.

    Attributes:
        name: the name given, or the function's or object's own.

    Raises:
        SettingsError: it is neither.
    """

    def __init__(self, own: Own, name: str | None = None) -> None:
        if not isinstance(own, Model) and not callable(own):
            raise SettingsError(
                f"{own!r} is not a model.",
                hint="Give a name, an async function from messages to text, or an object with complete(request).",
            )
        self._own = own
        named = name or getattr(own, "name", None) or getattr(own, "__name__", None) or type(own).__name__
        self.name = f"{named}"
        self._reader = Reader(self.name)
        self._is_open = True

    def has_price(self) -> bool:
        """Never known."""
        return False

    def connect(self) -> None:
        """Does nothing: a model of one's own has no connection to make."""

    async def complete(self, request: Request) -> Completion:
        """Ask once.

        Raises:
            ModelError: it could not answer, or what it said is not an answer.
            SettingsError: it gave no text.
        """
        started = time.monotonic()
        try:
            given = await self._ask(request)
        except (OSError, TimeoutError) as error:
            raise PassingModelError(f"{self.name!r} could not answer: {error!r}.", reason="connection") from error
        if isinstance(given, Completion):
            usage = given.usage
            text = self._reader.answer(Said(given.text, "stop"), usage)
            return Completion(text, given.model, usage, given.seconds, given.recorded_at, given.estimated)
        usage = Usage(1, *estimated_tokens(request, given), cost=None)
        text = self._reader.answer(Said(given, "stop"), usage)
        return Completion(text, self.name, usage, time.monotonic() - started, estimated=True)

    async def close(self) -> None:
        """Close the object, if it has something to close; safe to call again."""
        close, self._is_open = getattr(self._own, "close", None) if self._is_open else None, False
        if close is not None and inspect.isawaitable(closing := close()):
            await closing

    async def _ask(self, request: Request) -> Completion | str:
        if isinstance(self._own, Model):
            given = self._own.complete(request)
        else:
            given = self._own([{"role": message.role, "content": message.content} for message in request.messages])
        if not inspect.isawaitable(given):
            raise SettingsError(f"The model {self.name!r} is not asynchronous.", hint="Write async def.")
        answer = await given
        if not isinstance(answer, Completion | str):
            raise SettingsError(
                f"The model {self.name!r} gave {type(answer).__name__} instead of text.",
                hint="It has to return a str.",
            )
        return answer
