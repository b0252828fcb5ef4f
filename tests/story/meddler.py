"""The second process of a crowd: retires, restores and renames tools of a store that others use.

Run: `python meddler.py STORE SEED SECONDS`.
"""

import random
import sys
import time

from latm.errors import LatmError
from latm.store import ToolCache
from latm.tool import ToolStatus


def meddle(cache: ToolCache, rng: random.Random, number: int) -> None:
    """One change, of a kind and to a task that chance picks."""
    tools = cache.tools()
    if not tools:
        return
    tool = rng.choice(tools)
    match rng.randrange(3):
        case 0:
            cache.retire(tool.id, task=tool.task)
        case 1:
            cache.rename_task(tool.task, f"renamed-{number}")
        case _:
            for retired in cache.tools(status=ToolStatus.RETIRED):
                cache.restore(retired.id, task=retired.task)


def main() -> None:
    """Meddle until the time is over; what latm refuses in a sentence is its right."""
    store, seed, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    rng, number, until = random.Random(seed), 0, time.monotonic() + seconds
    with ToolCache.open(store) as cache:
        while time.monotonic() < until:
            number += 1
            try:
                meddle(cache, rng, number)
            except LatmError:
                continue
            time.sleep(rng.uniform(0.01, 0.2))
        for retired in cache.tools(status=ToolStatus.RETIRED):
            cache.restore(retired.id, task=retired.task)


if __name__ == "__main__":
    main()
