"""Thousands of workers killed by mixed attacks at every level: what is left behind, and what a neighbour feels.

Run: `python benchmarks/sandbox_kills.py --kills 10000`. Prints a line for each tenth; the line at 0 is before any.
"""

import argparse
import asyncio
import statistics
import time
from itertools import cycle, product

from latm.sandbox import Isolation, Limits, Verdict
from latm.sandbox.conformance import attacks
from latm.sandbox.jail import Jail
from sandbox import children, footprint, zygote_of

DEADLY = (
    *("exit_abort", "exit_quietly", "exit_system", "exit_as_recycled", "native_crash", "memory_recursion"),
    *("reply_garbage", "reply_count", "reply_short", "reply_flood", "reply_huge", "reply_empty", "reply_verdict"),
    *("time_loop", "time_stubborn", "memory_list", "request_closed", "signal_ignored", "page_scrambled"),
)
RARE = "memory_page_tables"
"""Once in a hundred: it takes the whole time limit, and the warden's look."""
BURNS = """
import sys

def burn(frame, event, argument):
    if event == "return" and frame.f_code.co_name == "_answer":
        sys.setprofile(None)
        while True:
            pass

def attack():
    sys.setprofile(burn)
    return "1"
"""
NEIGHBOUR = "def next_one(number):\n    return str(number + 1)\n"
COLUMNS = ("killed", "host MB", "zygote MB", "workers", "descriptors", "calls", "median ms", "99 % ms", "most ms")


async def kill(jail: Jail, count: int) -> list[float]:
    """Have so many workers killed; the seconds that a neighbour's calls took meanwhile."""
    every = {attack.name: attack.program for attack in attacks()}
    programs = [*(every[name] for name in DEADLY), BURNS]
    taken: list[float] = []
    over = False

    async def neighbour() -> None:
        while not over or not taken:
            started = time.perf_counter()
            result = await jail.call(NEIGHBOUR, "next_one", len(taken))
            # A busy machine may keep a neighbour from its core for a time limit; that shows in the last column.
            if result.verdict is not Verdict.TIME and result.text != str(len(taken) + 1):
                raise AssertionError(result)
            taken.append(time.perf_counter() - started)
            await asyncio.sleep(0.002)

    asking = asyncio.create_task(neighbour())
    for number, (program, level) in zip(range(count), cycle(product(programs, Isolation)), strict=False):
        await jail.batch(every[RARE] if number % 100 == 0 else program, "attack", [[]], isolation=level)
    over = True
    await asking
    return taken


async def measure(kills: int) -> None:
    """A line for each tenth."""
    print("".join(f"{column:>12}" for column in COLUMNS))
    async with Jail(Limits(seconds=0.2), Isolation.SHARED, workers=2) as jail:
        await kill(jail, 60)
        for tenth in range(11):
            taken = await (kill(jail, kills // 10) if tenth else undisturbed(jail))
            await asyncio.sleep(1)
            middle, late = statistics.median(taken) * 1e3, statistics.quantiles(taken, n=100)[98] * 1e3
            times = len(taken), round(middle, 2), round(late, 1), round(max(taken) * 1e3)
            line = (tenth * (kills // 10), *footprint(zygote_of(jail)), *times)
            print("".join(f"{one:>12}" for one in line), flush=True)
        zygote = zygote_of(jail)
        print(f"at the end {len(children(zygote))} workers lived", flush=True)


async def undisturbed(jail: Jail) -> list[float]:
    """What the neighbour's calls take while nothing else goes on."""
    taken = []
    for number in range(1000):
        started = time.perf_counter()
        await jail.call(NEIGHBOUR, "next_one", number)
        taken.append(time.perf_counter() - started)
        await asyncio.sleep(0.002)
    return taken


def main() -> None:
    """Kill."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    asyncio.run(measure(parser.parse_args().kills))


if __name__ == "__main__":
    main()
