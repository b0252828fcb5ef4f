"""What a stream of questions of which none is like another leaves behind: memory, store, time, tenth by tenth.

Run: `python benchmarks/one_offs.py --json`. The model is scripted and answers at once.
"""

import argparse
import asyncio
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from latm import AsyncLatm, Settings
from latm.models import Meter, Models
from latm.models.testing import ScriptedModel

TENTHS = 10
COMMON = "the of and to in a is for on that by with as at from it an be this which or are was not have"


def question(rng: random.Random) -> str:
    """Words that people use in every sentence, between words that nobody has used before."""
    rare = ("".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(4, 9))) for _ in range(12))
    return " ".join(word for one in rare for word in (one, rng.choice(COMMON.split()))) + "?"


def resident_mb() -> float:
    """Memory of this process now, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def stored_mb(store: Path) -> float:
    """Size of the store's files, in MiB."""
    return sum(file.stat().st_size for file in store.parent.glob(f"{store.name}*")) / 2**20


async def measured(count: int, folder: Path) -> Iterator[dict[str, float]]:
    """One row a tenth."""
    model = ScriptedModel(lambda _: "who knows")
    model.requests = Forgetful()
    models = Models(maker=model, user=None, dispatcher=None, direct=model, meter=Meter())
    store = folder / "latm.db"
    rng = random.Random(1)  # noqa: S311  # a draw, no secret
    rows = []
    async with AsyncLatm(Settings(store=f"sqlite:///{store}"), models=models) as latm:
        for tenth in range(TENTHS):
            started, before = time.perf_counter(), stored_mb(store)
            async for _ in latm.run([question(rng) for _ in range(count // TENTHS)]):
                pass
            each = (time.perf_counter() - started) / (count // TENTHS)
            rows.append(
                {
                    "questions": (tenth + 1) * (count // TENTHS),
                    "resident_mb": resident_mb(),
                    "store_bytes_per_answer": (stored_mb(store) - before) * 2**20 / (count // TENTHS),
                    "ms_per_question": each * 1e3,
                    "tasks": len(latm.snapshot),
                }
            )
    return iter(rows)


class Forgetful(list):  # type: ignore[type-arg]  # what a scripted model was asked, which must not fill memory here
    """A list that keeps nothing."""

    def append(self, _item: object, /) -> None:
        """Let it go."""


def main() -> None:
    """Measure, and print one object or a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--questions", type=int, default=100_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = list(asyncio.run(measured(chosen.questions, Path(folder))))
    if chosen.json:
        sys.stdout.write(json.dumps({"rows": rows}) + "\n")
        return
    print("".join(f"{name:>24}" for name in rows[0]))
    for row in rows:
        print("".join(f"{value:>24,.2f}" for value in row.values()))


if __name__ == "__main__":
    main()
