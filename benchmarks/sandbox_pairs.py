"""Two states of the sandbox, measured in turn: the machine's mood meets both.

Run: `python benchmarks/sandbox_pairs.py BEFORE AFTER`, each a folder with a checkout that `start.py` has set up. Prints
for each thing the median of the rounds' medians, the best of all, and the ratio of each round at its quartiles.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox_tools import TOOLS, questions

from latm.sandbox import Isolation, Limits
from latm.sandbox.jail import Jail

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

FUNCTION = "latm_answer"
PROGRAM = TOOLS["dyck"]
COUNTS = {"call at shared": 1500, "batch of 1,000 at shared": 12, "batch of 1,000 at batch": 12, "call at call": 40}
"""What is measured, and how often in a round."""


async def serve() -> None:
    """Measure what is asked for, line by line, in the state that this process imports."""
    asked = questions("dyck", 1000)
    items = [[question] for question in asked]
    async with Jail(Limits(), Isolation.SHARED) as jail, Jail(Limits(), Isolation.CALL) as fresh:
        runs: dict[str, Callable[[], Awaitable[object]]] = {
            "call at shared": lambda: jail.call(PROGRAM, FUNCTION, asked[0]),
            "batch of 1,000 at shared": lambda: jail.batch(PROGRAM, FUNCTION, items, isolation=Isolation.SHARED),
            "batch of 1,000 at batch": lambda: jail.batch(PROGRAM, FUNCTION, items, isolation=Isolation.BATCH),
            "call at call": lambda: fresh.call(PROGRAM, FUNCTION, asked[0]),
        }
        for _ in range(500):
            await runs["call at shared"]()
        print("ready", flush=True)
        for line in sys.stdin:
            what, taken = line.strip(), []
            for _ in range(COUNTS[what]):
                started = time.perf_counter()
                await runs[what]()
                taken.append(time.perf_counter() - started)
                if "batch" in what:
                    await asyncio.sleep(0.02)
            print(statistics.median(taken) * 1e6, min(taken) * 1e6, flush=True)


class State:
    """A process that measures one state."""

    def __init__(self, folder: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603  # interpreters that the user named
            [f"{folder}/.venv/bin/python", __file__, "--serve"],
            env=os.environ | {"PYTHONPATH": f"{folder}/src{os.pathsep}{Path(__file__).parent}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._said()

    def measure(self, what: str) -> tuple[float, float]:
        """Median and best of one round, in microseconds."""
        if self._process.stdin is not None:
            print(what, file=self._process.stdin, flush=True)
        middle, best = map(float, self._said().split())
        return middle, best

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def _said(self) -> str:
        return self._process.stdout.readline() if self._process.stdout is not None else ""


def compare(before: State, after: State, rounds: int) -> None:
    """A line for each thing."""
    for what in COUNTS:
        pairs = []
        for number in range(rounds):
            # Each goes first every other time.
            order = (before, after) if number % 2 else (after, before)
            found = {id(state): state.measure(what) for state in order}
            pairs.append((found[id(before)], found[id(after)]))
        low, middle, high = statistics.quantiles((after[0] / before[0] for before, after in pairs), n=4)
        shown = [
            f"{statistics.median(p[i][0] for p in pairs):9.1f} (best {min(p[i][1] for p in pairs):8.1f})"
            for i in (0, 1)
        ]
        print(
            f"{what:<26}before {shown[0]}  after {shown[1]} µs  ratio {middle:.3f} ({low:.3f} to {high:.3f})",
            flush=True,
        )


def main() -> None:
    """Compare, or be one of the two that are compared."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("states", nargs="*", metavar="FOLDER")
    parser.add_argument("--rounds", type=int, default=16)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        asyncio.run(serve())
        return
    before, after = map(State, asked.states)
    try:
        compare(before, after, asked.rounds)
    finally:
        before.close()
        after.close()


if __name__ == "__main__":
    main()
