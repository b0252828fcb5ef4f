"""Where the time of a covered question goes: the event loop's own, by module, while questions are asked one by one.

Run: `python benchmarks/profile_ask.py --json`. The store is that of `questions.py`. A profiler makes calls of small
functions look dearer than they are, so the shares say more than the times.
"""

import argparse
import asyncio
import cProfile
import json
import pstats
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from filled_store import fill
from generated_tasks import generated_tasks
from questions import ASKED, HOT, REGISTERED, WARM_UP, drawn

from latm import AsyncLatm
from latm.settings import Settings

SHOWN = 12


def room_of(path: str) -> str:
    """The module that a function belongs to: ours by name, the event loop's, or Python's own."""
    parts = Path(path).parts
    if "latm" in parts and path.endswith(".py"):
        at = len(parts) - 1 - parts[::-1].index("latm")
        return ".".join(parts[at:]).removesuffix(".py")
    return "asyncio" if "asyncio" in parts else "built-in and others"


async def profiled(store: str, questions: Sequence[str]) -> dict[str, float]:
    """Microseconds of a question by module, the dearest first."""
    profile = cProfile.Profile()
    async with AsyncLatm(Settings(store=store, making="never")) as latm:
        for question in questions[:WARM_UP]:
            await latm.ask(question)
        profile.enable()
        for question in questions[WARM_UP:]:
            await latm.ask(question)
        profile.disable()
    spent: Counter[str] = Counter()
    for (path, _, _), (_, _, own, _, callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]  # the stub lacks it
        if path.startswith("/"):
            spent[room_of(path)] += own
            continue
        for (caller, _, _), (_, _, for_caller, _) in callers.items():
            spent[room_of(caller)] += for_caller
    count = len(questions) - WARM_UP
    return {room: seconds / count * 1e6 for room, seconds in spent.most_common()}


def main() -> None:
    """Measure, and print one object or a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    tasks = generated_tasks(REGISTERED, seed=1)
    hot = random.Random(0).sample(tasks, HOT)  # noqa: S311  # a draw, no secret
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{folder}/latm.db"
        fill(store, tasks)
        found = asyncio.run(profiled(store, [question for _, question in drawn(hot, ASKED, 1)]))
    if chosen.json:
        sys.stdout.write(json.dumps(found) + "\n")
        return
    for room, microseconds in list(found.items())[:SHOWN]:
        print(f"{room:<32}{microseconds:>8.1f}")


if __name__ == "__main__":
    main()
