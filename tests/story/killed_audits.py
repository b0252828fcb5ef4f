"""One of the processes that `audit_kills.py` kills: asks for ever, under certificates, while meanings change.

Run: `python killed_audits.py STORE SEED NOTES`. Each line of NOTES is a purpose and the tokens that it took.
"""

import asyncio
import random
import re
import sys
import time
from pathlib import Path

from crowd import question, words

from latm import AsyncLatm, Question, Settings
from latm.ledger import Usage
from latm.models import Meter, Models
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


class Noted:
    """A model that is right by the meaning of the moment, and notes every completion before it is used."""

    name = "noted"

    def __init__(self, seed: int, notes: Path) -> None:
        self._rng = random.Random(seed)
        self._notes = notes
        self._began = notes.stat().st_mtime if notes.exists() else time.time()
        began = notes.with_suffix(".began")
        if not began.exists():
            began.write_text(str(time.time()))
        self._began = float(began.read_text() or time.time())

    def _phase(self, kind: int) -> int:
        return int((time.time() - self._began) / PHASE) % 2 if kind >= KINDS // 2 else 0

    async def complete(self, request: Request) -> Completion:
        await asyncio.sleep(self._rng.uniform(0, 0.04))
        asked = " ".join(message.content for message in request.messages if message.role == "user")
        kind = next((kind for kind in range(KINDS) if " ".join(words(kind)[:2]) in asked), 0)
        if request.purpose in {"direct", "audit"}:
            first, second = map(int, _NUMBERS.findall(asked))
            text = str(first + second if self._phase(kind) == 0 else first - second)
        else:
            text = tool(kind, self._phase(kind), self._rng.randrange(10**9))
        usage = Usage(1, len(asked) // 4, 1 + len(text) // 4)
        with self._notes.open("a") as file:
            file.write(f"{request.purpose} {usage.tokens}\n")
        return Completion(text, self.name, usage)

    async def close(self) -> None:
        pass


async def main() -> None:
    """Ask until killed."""
    store, seed, notes = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    rng = random.Random(seed)
    model = Noted(seed, notes)
    models = Models(maker=model, user=None, dispatcher=None, direct=model, meter=Meter())
    asked = {"store": store, "making_tokens": 50, "workers": 1, "max_error": "15%", "audit": 0.3, "repairs": 1000}
    async with AsyncLatm(Settings.model_validate(asked), models=models) as latm:

        async def call() -> None:
            while True:
                text = question(rng.randrange(KINDS), rng.randint(1, 999), rng.randint(1, 999))
                await latm.ask(Question(text, id=f"{seed}-{rng.random()}"))
                await asyncio.sleep(0.02)

        await asyncio.gather(*(call() for _ in range(5)))


if __name__ == "__main__":
    asyncio.run(main())
