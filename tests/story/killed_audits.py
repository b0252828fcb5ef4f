"""One of the processes that `audit_kills.py` kills: asks for ever, under certificates, while meanings change.

Run: `python killed_audits.py STORE NUMBER PORT ARRIVED`.
"""

import asyncio
import random
import sys
from pathlib import Path

from billing import KINDS, Remote
from crowd import question

from latm import AsyncLatm, Question, Settings
from latm.models import Meter, Models, Noted, Payments


async def main() -> None:
    """Ask until killed."""
    store, number, port, arrived = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    rng = random.Random(number)
    payments = Payments()
    model = Noted(Remote(port, arrived), payments)
    models = Models(maker=model, user=None, dispatcher=None, direct=model, meter=Meter(), payments=payments)
    asked = {"store": store, "making_tokens": 50, "workers": 1, "max_error": "15%", "audit": 0.3, "repairs": 1000}
    async with AsyncLatm(Settings.model_validate(asked), models=models) as latm:

        async def call() -> None:
            while True:
                text = question(rng.randrange(KINDS), rng.randint(1, 999), rng.randint(1, 999))
                await latm.ask(Question(text, id=f"{number}-{rng.random()}"))
                await asyncio.sleep(0.02)

        await asyncio.gather(*(call() for _ in range(5)))


if __name__ == "__main__":
    asyncio.run(main())
