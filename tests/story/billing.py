"""An endpoint that counts what it bills, and a model that asks it over the network.

It is right by the meaning of the moment: half of the kinds change theirs as time passes, and change it back.
"""

import asyncio
import json
import os
import random
import re
import threading
import time
from pathlib import Path

from crowd import question, words

from latm.ledger import Usage
from latm.models.port import Completion, Request

KINDS = 6
PHASE = 45.0
"""Seconds after which the kinds from `KINDS // 2` on change their meaning, and change it back."""
_NUMBERS = re.compile(r"\d+")


def tool(kind: int, phase: int, salt: int) -> str:
    """What a maker writes that is right while the phase lasts; each writing is a program of its own."""
    pattern = re.escape(question(kind, 1, 2)).replace("1", r"(\d+)", 1).replace("2", r"(\d+)", 1)
    return f'''```python
"""Kind {kind}, {salt}."""
import re
def parse(question):
    found = re.fullmatch(r"{pattern}", question)
    return {{"a": int(found[1]), "b": int(found[2])}} if found else None
def solve(a, b):
    return {"a + b" if phase == 0 else "a - b"}
def answer(value, question):
    return str(value)
```'''


class Endpoint:
    """Answers, and counts; one JSON line in and one out for each call.

    Attributes:
        port: on this machine.
        calls: replies that were sent.
        tokens: billed for them.
    """

    def __init__(self) -> None:
        self.port = 0
        self.calls = 0
        self.tokens = 0
        self._rng = random.Random(1)
        self._began = time.monotonic()
        self._listens = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        self._listens.wait()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0, limit=1 << 24)
        self.port = server.sockets[0].getsockname()[1]
        self._listens.set()
        await server.serve_forever()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = json.loads(await reader.readline() or b"null")
            if asked is None:
                return
            await asyncio.sleep(self._rng.uniform(0, 0.04))
            text = self._said(asked["purpose"], asked["text"])
            sent, received = len(asked["text"]) // 4, 1 + len(text) // 4
            self.calls, self.tokens = self.calls + 1, self.tokens + sent + received
            writer.write(json.dumps({"text": text, "usage": [sent, received]}).encode() + b"\n")
            await writer.drain()
        except ConnectionError:
            pass  # the other side was killed; what was worked out for it is billed all the same
        finally:
            writer.close()

    def _phase(self, kind: int) -> int:
        return int((time.monotonic() - self._began) / PHASE) % 2 if kind >= KINDS // 2 else 0

    def _said(self, purpose: str, text: str) -> str:
        kind = next((kind for kind in range(KINDS) if " ".join(words(kind)[:2]) in text), 0)
        if purpose in {"direct", "audit"}:
            first, second = map(int, _NUMBERS.findall(text))
            return str(first + second if self._phase(kind) == 0 else first - second)
        return tool(kind, self._phase(kind), self._rng.randrange(10**9))


class Remote:
    """A model at an endpoint; it writes down each reply that reached it, before anything else is done with it.

    Args:
        port: of the endpoint.
        arrived: the file of replies; several processes add to it.
    """

    name = "remote"

    def __init__(self, port: int, arrived: Path) -> None:
        self._port = port
        self._arrived = os.open(arrived, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def complete(self, request: Request) -> Completion:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 24)
        text = " ".join(message.content for message in request.messages if message.role == "user")
        writer.write(json.dumps({"purpose": request.purpose, "text": text}).encode() + b"\n")
        line = await reader.readline()
        writer.close()
        said = json.loads(line)
        usage = Usage(1, *said["usage"])
        os.write(self._arrived, f"{request.purpose} {usage.tokens}\n".encode())
        return Completion(said["text"], self.name, usage)

    async def close(self) -> None:
        os.close(self._arrived)
