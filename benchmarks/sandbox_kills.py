"""Thousands of workers killed by mixed attacks: what is left behind, and what a neighbour feels.

Run: `python benchmarks/sandbox_kills.py --kills 10000`. Prints a line for each tenth.
"""

import argparse
import asyncio
import statistics
import time
from itertools import cycle

from latm.sandbox import Isolation, Limits
from latm.sandbox.conformance import attacks
from latm.sandbox.jail import Jail
from sandbox import children, footprint, zygote_of

DEADLY = ("exit_abort", "exit_quietly", "native_crash", "reply_garbage", "reply_count", "reply_lengths", "exit_system")
NEIGHBOUR = "def next_one(number):\n    return number + 1\n"


async def kill(jail: Jail, count: int) -> list[float]:
    """Have so many workers killed; the seconds that a neighbour's calls took meanwhile."""
    programs = cycle(attack.program for attack in attacks() if attack.name in DEADLY)
    taken: list[float] = []
    over = False

    async def neighbour() -> None:
        while not over:
            started = time.perf_counter()
            result = await jail.call(NEIGHBOUR, "next_one", len(taken))
            if result.value != len(taken) + 1:
                raise AssertionError(result)
            taken.append(time.perf_counter() - started)
            await asyncio.sleep(0.002)

    asking = asyncio.create_task(neighbour())
    for _ in range(count):
        await jail.call(next(programs), "attack")
    over = True
    await asking
    return taken


async def measure(kills: int) -> None:
    """A line for each tenth."""
    print(
        f"{'killed':>8}{'host MB':>9}{'zygote MB':>11}{'workers':>9}{'descriptors':>13}{'median ms':>11}{'99 % ms':>9}"
    )
    async with Jail(Limits(seconds=0.75), Isolation.BATCH, workers=2) as jail:
        await kill(jail, 20)
        for tenth in range(1, 11):
            taken = await kill(jail, kills // 10)
            await asyncio.sleep(0.3)
            host, zygote, workers, descriptors = footprint(zygote_of(jail))
            middle, late = statistics.median(taken) * 1e3, statistics.quantiles(taken, n=100)[98] * 1e3
            done = tenth * (kills // 10)
            print(f"{done:>8}{host:>9}{zygote:>11}{workers:>9}{descriptors:>13}{middle:>11.2f}{late:>9.1f}", flush=True)
        zygote = zygote_of(jail)
        left = len(children(zygote))
    print(f"at the end {left} workers lived; after closing, none")


def main() -> None:
    """Kill."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    asyncio.run(measure(parser.parse_args().kills))


if __name__ == "__main__":
    main()
