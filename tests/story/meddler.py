"""The second process of a crowd: retires, restores and renames tools of a store that others use.

Run: `python meddler.py STORE SEED`; it ends with its standard input.
"""

import random
import select
import sys
from contextlib import suppress

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
    """Meddle until nobody listens any more; what latm refuses in a sentence is its right."""
    store, seed = sys.argv[1], int(sys.argv[2])
    rng, number = random.Random(seed), 0
    with ToolCache.open(store) as cache:
        while not select.select([sys.stdin], [], [], rng.uniform(0.01, 0.2))[0]:
            number += 1
            with suppress(LatmError):
                meddle(cache, rng, number)
        for retired in cache.tools(status=ToolStatus.RETIRED):
            cache.restore(retired.id, task=retired.task)


if __name__ == "__main__":
    main()
