"""A model for tests of behaviour: its completions are written beforehand."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from latm.errors import ProviderError
from latm.ledger import Usage
from latm.models.counting import CHARACTERS_PER_TOKEN
from latm.models.port import Completion, Request

Reply = str | Exception


class ScriptedModel:
    """Answers from a script, and keeps what it was asked.

    Args:
        script: the replies in order, or a function from the request to the reply. A reply that is an exception is
            raised.
        name: what the model is called.
        cost: US dollars of each call; None for a model without a known price.

    Attributes:
        requests: every request so far, in order.
        closed: whether `close` was called.
    """

    def __init__(
        self,
        script: Sequence[Reply] | Callable[[Request], Reply],
        *,
        name: str = "scripted",
        cost: Decimal | None = Decimal(0),
    ) -> None:
        self.requests: list[Request] = []
        self.closed = False
        self._script = script
        self.name = name
        self._cost = cost

    async def complete(self, request: Request) -> Completion:
        """Give the next reply of the script; tokens are counted at four characters each.

        Raises:
            ProviderError: the script has no further reply.
        """
        self.requests.append(request)
        reply = self._reply(request)
        if isinstance(reply, Exception):
            raise reply
        asked = sum(len(message.content) for message in request.messages)
        usage = Usage(1, asked // CHARACTERS_PER_TOKEN, len(reply) // CHARACTERS_PER_TOKEN, self._cost)
        return Completion(reply, self.name, usage)

    async def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True

    def _reply(self, request: Request) -> Reply:
        if callable(self._script):
            return self._script(request)
        asked = len(self.requests)
        if asked > len(self._script):
            raise ProviderError(
                f"The script has {len(self._script)} replies and was asked {asked} times; "
                f"the last purpose was {request.purpose!r}.",
                hint="Add a reply to the script, or find out why it was asked.",
            )
        return self._script[asked - 1]
