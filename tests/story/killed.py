"""One of the processes that `kills.py` kills: asks questions of ten kinds for ever, and notes what it paid for.

Run: `python killed.py STORE SEED NOTES`. Each line of NOTES is a purpose, a kind, and the monotonic time.
"""

import asyncio
import random
import sys
import time
from pathlib import Path

from crowd import Moody, kind_of, question, truth

from latm import AsyncLatm, Question, Settings
from latm.models import Meter, Models
from latm.models.port import Completion, Request

KINDS = 10


class Noted(Moody):
    """Notes every completion before it is used."""

    notes: Path

    async def complete(self, request: Request) -> Completion:
        completion = await super().complete(request)
        asked = next(message.content for message in request.messages if message.role == "user")
        with self.notes.open("a") as file:
            file.write(f"{request.purpose} {kind_of(asked)} {time.monotonic()}\n")
        return completion


async def main() -> None:
    """Ask until killed; a wrong answer ends the process with 1."""
    store, seed, notes = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    rng = random.Random(seed)
    model = Noted(rng, 0.0, 0.03)
    model.notes = notes
    models = Models(maker=model, user=None, dispatcher=None, direct=model, meter=Meter())
    settings = Settings.model_validate({"store": store, "making_tokens": 50, "workers": 1})
    async with AsyncLatm(settings, models=models) as latm:

        async def call() -> None:
            while True:
                text = question(rng.randrange(KINDS), rng.randint(1, 999), rng.randint(1, 999))
                answer = await latm.ask(Question(text, id=f"{seed}-{rng.random()}"))
                if answer.text != truth(text):
                    sys.exit(f"wrong: {text} -> {answer}")

        await asyncio.gather(*(call() for _ in range(5)))


if __name__ == "__main__":
    asyncio.run(main())
