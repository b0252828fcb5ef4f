"""A scripted endpoint of OpenAI's kind that keeps the books of who bought what, for `replicas.py`.

Each process asks it under a path of its own, `/NAME/v1`, so that a purchase names its buyer.
"""

import asyncio
import hashlib
import json
import random
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from crowd import tool, truth, words
from gateway_double import listening

_OPENING = re.compile(r"\b([a-z]{8}) ([a-z]{8}) \d+ ")


@dataclass(frozen=True, slots=True)
class Purchase:
    """One reply.

    Attributes:
        at: when it was sent, by the monotonic clock.
        buyer: the process that asked.
        key: the same for equal requests of a maker; the question, for direct answers.
        tokens: billed.
        makes: whether a maker asked.
        kind: of question.
    """

    at: float
    buyer: str
    key: str
    tokens: int
    makes: bool
    kind: int


@dataclass(slots=True)
class Books:
    """What was bought.

    Attributes:
        kinds: the number of each kind, by how its questions begin.
        purchases: in order.
        seconds: that a reply takes at most.
    """

    kinds: Mapping[tuple[str, str], int]
    seconds: float = 0.05
    purchases: list[Purchase] = field(default_factory=list)
    rng: random.Random = field(default_factory=lambda: random.Random(1))

    def kind_of(self, text: str) -> int:
        """The kind of the first question in a text; -1 without one."""
        for found in _OPENING.finditer(text):
            kind = self.kinds.get((found[1], found[2]), -1)
            if kind >= 0:
                return kind
        return -1

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The ASGI application."""
        if scope["type"] != "http":
            return
        content = b""
        while True:
            message = await receive()
            content += message.get("body", b"")
            if not message.get("more_body"):
                break
        await asyncio.sleep(self.rng.uniform(0, self.seconds))
        reply = self._sold(scope["path"].split("/")[1], json.loads(content)["messages"])
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(reply)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": reply})

    def _sold(self, buyer: str, messages: list[Mapping[str, str]]) -> bytes:
        makes = messages[0]["role"] == "system" and "solve" in messages[0]["content"]
        asked = next(message["content"] for message in messages if message["role"] == "user")
        text = tool(self.kind_of(asked)) if makes else truth(messages[-1]["content"])
        sent, received = sum(len(message["content"]) for message in messages) // 4, 1 + len(text) // 4
        key = hashlib.sha256(json.dumps(messages).encode()).hexdigest() if makes else messages[-1]["content"]
        self.purchases.append(Purchase(time.monotonic(), buyer, key, sent + received, makes, self.kind_of(asked)))
        usage = {"prompt_tokens": sent, "completion_tokens": received, "total_tokens": sent + received}
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        made = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
        return json.dumps(made).encode()


@contextmanager
def selling(kinds: int) -> Iterator[tuple[Books, str]]:
    """An endpoint while the block runs: its books, and where it listens."""
    openings = {(words(kind)[0], words(kind)[1]): kind for kind in range(kinds)}
    books = Books(openings)
    with listening(books) as url:
        yield books, url
