"""The port to language models: a request, a completion, and the one method that joins them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from latm.ledger import Usage
from latm.question import ANY, Scope


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a model.

    Attributes:
        messages: the conversation so far.
        purpose: why it is asked (`propose`, `verify`, `wrap`, `direct`, `tool-user`, `dispatch`); for the ledger and
            for people, no part of the request's identity.
        temperature: passed on if the provider takes it; no determinism is promised.
        max_tokens: cap on the completion; None leaves it to the provider.
        scope: of the question that a direct answer is asked for; for models that serve several scopes, no part of the
            request's identity: what the model is told of it stands in the messages.
    """

    messages: Sequence[Message]
    purpose: str
    temperature: float | None = None
    max_tokens: int | None = None
    scope: Scope = ANY

    @property
    def key(self) -> str:
        """SHA-256 over the content: messages and sampling parameters."""
        content = [[(m.role, m.content) for m in self.messages], self.temperature, self.max_tokens]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model answered.

    Attributes:
        text: the completion.
        model: which model answered.
        usage: tokens and money of this one call.
        seconds: wall time of the call; of the original call if it was replayed.
        recorded_at: ISO 8601 time of the recording, if this is a replay; None if the model was really asked.
        estimated: whether the tokens are an estimate, since the endpoint did not count them.
    """

    text: str
    model: str
    usage: Usage
    seconds: float = 0.0
    recorded_at: str | None = None
    estimated: bool = False


class Model(Protocol):
    """A language model, or a wrapper around one."""

    @property
    def name(self) -> str:
        """`provider:model`, as set."""
        ...

    async def complete(self, request: Request) -> Completion:
        """Ask for one completion.

        Raises:
            ModelError: the model could not answer; the subclass says why.
        """
        ...

    async def close(self) -> None:
        """Release connections and files."""
        ...
