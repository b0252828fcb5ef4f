"""The toy model behind an OpenAI-compatible endpoint on loopback, which a test can hold up or break."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from openai_endpoint import completion_body, error_body, request_of, serving_replies
from toy import toy_reply


@dataclass
class ToyEndpoint:
    """What a test looks at and changes.

    Attributes:
        url: the base URL.
        status: other than 200, every request fails with it.
        failing: the requests that fail, by their number from 1.
        calls: requests that were answered, by purpose.
        system_texts: of direct requests.
        direct_at_most: so many direct answers are given; later ones hang until `released`.
        hanging: set once a request hangs.
        released: lets hanging requests go on.
    """

    url: str = ""
    status: int = 200
    failing: set[int] = field(default_factory=set)
    calls: Counter[str] = field(default_factory=Counter)
    system_texts: set[str] = field(default_factory=set)
    direct_at_most: int | None = None
    hanging: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def model(self) -> str:
        """The model's name, as settings have it."""
        return f"toy@{self.url}"

    def reply(self, body: dict[str, Any], _key: str | None) -> tuple[int, str]:
        """What the model says to a request's body."""
        request = request_of(body)
        spent = self.direct_at_most is not None and self.calls["direct"] >= self.direct_at_most
        if request.purpose == "direct" and spent:
            self.hanging.set()
            self.released.wait(60)
        self.calls[request.purpose] += 1
        if request.purpose == "direct":
            self.system_texts |= {said["content"] for said in body["messages"] if said["role"] == "system"}
        if self.calls.total() in self.failing:
            return 503, error_body("as the test wants it")
        if self.status != 200:
            return self.status, error_body("as the test wants it")
        return 200, completion_body(toy_reply(request), usage=(100, 10))


@contextmanager
def serving() -> Iterator[ToyEndpoint]:
    """Serve for as long as the block runs."""
    endpoint = ToyEndpoint()
    with serving_replies(endpoint.reply) as endpoint.url:
        try:
            yield endpoint
        finally:
            endpoint.released.set()
