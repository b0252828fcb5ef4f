"""What the sandbox costs: each figure beside the bare function, measured in the same round.

Run: `python benchmarks/sandbox.py`, with `--peers PYTHON` for other executors too (see requirements.txt), or with
`--attacks` for the time that it takes to serve a tool again after an attack.
"""

import argparse
import asyncio
import gc
import json
import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sandbox_tools import TOOLS, questions

from latm.sandbox import Isolation, Limits
from latm.sandbox.conformance import LIMITS, attacks
from latm.sandbox.jail import Jail
from latm.sandbox.processes import held
from latm.sandbox.warden import INTERVAL

COUNT = 1000
ROUNDS = 40
FUNCTION = "latm_answer"
HEAVY = "def work(n):\n    total = 0\n    for i in range(n):\n        total += i * i % 7\n    return total\n"
HEAVY_CALLS = 33
"""More than are sent at once, so that workers are placed as for a large batch, and too few to be spread."""
PROCESSES = multiprocessing.get_context("spawn")


async def timed(run: Callable[[], Awaitable[object]]) -> float:
    """Seconds of one run."""
    started = time.perf_counter()
    await run()
    return time.perf_counter() - started


async def against_bare(jail: Jail, tool: str) -> tuple[float, float, float, float]:
    """Microseconds a question bare and jailed, the ratio at the median of the rounds, and that of the best times."""
    asked = questions(tool, COUNT)
    items = [[question] for question in asked]
    names: dict[str, Any] = {}
    exec(TOOLS[tool], names)  # noqa: S102  # our own tools
    answer = names[FUNCTION]

    async def bare() -> None:
        for question in asked:
            answer(question)

    pairs = []
    for _ in range(ROUNDS):
        alone = await timed(bare)
        jailed = await timed(lambda: jail.batch(TOOLS[tool], FUNCTION, items))
        pairs.append((alone / COUNT * 1e6, jailed / COUNT * 1e6, jailed / alone))
        await asyncio.sleep(0.03)
    bares, jaileds, ratios = zip(*pairs, strict=True)
    middle = [statistics.median(column) for column in (bares, jaileds, ratios)]
    return middle[0], middle[1], middle[2], min(jaileds) / min(bares)


async def batches() -> None:
    """A batch of 1,000 at two levels of isolation, on all cores and on one worker."""
    print(f"\n{'batch of 1,000':<16}{'level':<8}{'workers':<9}{'bare µs':>9}{'jailed µs':>11}{'ratio':>7}{'best':>7}")
    for workers in (None, 1):
        for level in (Isolation.SHARED, Isolation.BATCH):
            async with Jail(Limits(), level, workers) as jail:
                for tool in TOOLS:
                    alone, jailed, ratio, best = await against_bare(jail, tool)
                    shown = f"{tool:<16}{level.value:<8}{workers or 'cores':<9}"
                    print(f"{shown}{alone:>9.2f}{jailed:>11.2f}{ratio:>7.2f}{best:>7.2f}")


async def calls() -> None:
    """One call to a warm worker, and one to a fresh fork; beside them what any two processes take to pass a byte."""
    taken = ping_pong(5000)
    middle, least = statistics.median(taken) * 1e6, min(taken) * 1e6
    print(f"a byte to a process and back: {middle:.0f} µs at the median, {least:.0f} µs at best")
    question = questions("dyck", 1)[0]
    for level, count in ((Isolation.SHARED, 5000), (Isolation.CALL, 200)):
        async with Jail(Limits(), level) as jail:
            taken = [await timed_call(jail, question) for _ in range(count)]
            middle, least = statistics.median(taken) * 1e6, min(taken) * 1e6
            print(f"one call at {level.value}: {middle:.0f} µs at the median, {least:.0f} µs at best")


async def timed_call(jail: Jail, question: str) -> float:
    """Seconds of one call."""
    started = time.perf_counter()
    await jail.call(TOOLS["dyck"], FUNCTION, question)
    return time.perf_counter() - started


def ping_pong(count: int) -> list[float]:
    """Seconds of each round trip of one byte to a process that does nothing else: no sandbox can be faster."""
    requests, to_echo = PROCESSES.Pipe(duplex=False)
    from_echo, replies = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=echo, args=(requests, replies), daemon=True)
    process.start()
    taken = []
    for _ in range(count):
        started = time.perf_counter()
        os.write(to_echo.fileno(), b"x")
        os.read(from_echo.fileno(), 1)
        taken.append(time.perf_counter() - started)
    process.kill()
    process.join()
    return taken


def echo(requests: Connection, replies: Connection) -> None:
    """Give each byte back."""
    while got := os.read(requests.fileno(), 1):
        os.write(replies.fileno(), got)


async def scaling() -> None:
    """The same four heavy batches on one worker and on two, and in one bare process and in two."""
    items = [[40_000]] * HEAVY_CALLS
    with PROCESSES.Pool(1) as one, PROCESSES.Pool(2) as two:
        async with Jail(Limits(), Isolation.SHARED, 1) as alone, Jail(Limits(), Isolation.SHARED, 2) as together:

            async def jailed(jail: Jail) -> None:
                await asyncio.gather(*(jail.batch(HEAVY, "work", items) for _ in range(4)))

            rounds, busy = [], []
            for _ in range(16):
                bare = [
                    await timed(partial(asyncio.to_thread, pool.map, heavy_batch, range(4), 1)) for pool in (one, two)
                ]
                one_took = await timed(partial(jailed, alone))
                before = processor_seconds(together)
                two_took = await timed(partial(jailed, together))
                busy.append((processor_seconds(together) - before) / two_took)
                rounds.append((bare[0] / bare[1], one_took / two_took))
    bares, jaileds = zip(*rounds[1:], strict=True)
    bare, ours = statistics.median(bares), statistics.median(jaileds)
    print(f"two workers: {ours:.2f} × as fast as one, {statistics.median(busy[1:]):.2f} cores kept busy")
    print(f"two bare processes: {bare:.2f} ×; of that we keep {ours / bare:.0%}")


def processor_seconds(jail: Jail) -> float:
    """What the workers of a jail have had of the cores, whatever speed those ran at."""
    ticks = 0
    for worker in children(zygote_of(jail)):
        fields = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def heavy_batch(_number: int) -> None:
    """One batch of `scaling` in a bare process."""
    names: dict[str, Any] = {}
    exec(HEAVY, names)  # noqa: S102  # our own tool
    for _ in range(HEAVY_CALLS):
        names["work"](40_000)


async def recovery() -> None:
    """How soon after each attack the next call to the same tool is answered."""
    taken: dict[str, float] = {}
    for level in Isolation:
        async with Jail(LIMITS, level) as jail:
            for attack in attacks():
                program = f"{attack.program}\ndef recovered():\n    return True\n"
                await jail.call(program, "attack")
                started = time.perf_counter()
                await jail.call(program, "recovered")
                taken[f"{attack.name} at {level.value}"] = time.perf_counter() - started
    slowest = max(taken, key=taken.__getitem__)
    middle, most = statistics.median(taken.values()) * 1e3, taken[slowest] * 1e3
    print(f"a call after each of {len(taken)} attacks: {middle:.1f} ms at the median, {most:.0f} ms after {slowest}")


async def births() -> None:
    """A clean worker, from the order to the loaded program; and as the pool gives it, which forks ahead."""
    async with Jail(Limits(), Isolation.BATCH, workers=1) as jail:
        await asyncio.sleep(0.2)
        forked, loaded, given = [], [], []
        for number in range(100):
            started = time.perf_counter()
            handle = await jail._nursery.fork()  # noqa: SLF001  # without the reserve, which would hide it
            forked.append(time.perf_counter() - started)
            await handle.load(TOOLS["dyck"])
            loaded.append(time.perf_counter() - started)
            handle.kill()
            await asyncio.sleep(0.005)
            given.append(await timed(partial(jail.load, f"# {number}\n{TOOLS['dyck']}")))
            await asyncio.sleep(0.005)
    forking, loading, giving = (statistics.median(taken) * 1e3 for taken in (forked, loaded, given))
    print(f"a clean worker: forked in {forking:.2f} ms, with the tool loaded in {loading:.2f} ms at the median")
    print(f"a clean worker as the pool gives it, with a tool that it has not seen: {giving:.2f} ms")


async def memory() -> None:
    """Private memory of a worker that has answered, and what 1,000 tools in turn leave behind."""
    async with Jail(Limits(), Isolation.SHARED, workers=8) as jail:
        for number in range(200):
            await ask_another(jail, number)
        await asyncio.sleep(0.5)
        zygote = zygote_of(jail)
        private = [private_kilobytes(worker) for worker in children(zygote)]
        print(f"private memory of a worker: {statistics.median(private) / 1024:.1f} MB at the median")
        before = footprint(zygote)
        for number in range(1000):
            await ask_another(jail, number)
        await asyncio.sleep(0.5)
        after = footprint(zygote)
        print(f"1,000 tools in turn (host MB, zygote MB, workers, descriptors): {before} before, {after} after")


async def warden() -> None:
    """What watching costs: processor time of one look at 32 workers and more, in parts of a core."""
    async with Jail(Limits(memory_bytes=1 << 25), Isolation.SHARED, workers=32) as jail:
        for number in range(32):
            await ask_another(jail, number)
        await asyncio.sleep(1)
        count, taken = len(children(zygote_of(jail))), []
        watch, base = jail._pool._warden, held(zygote_of(jail))  # noqa: SLF001  # its task looks in the same way
        for _ in range(200):
            started = time.thread_time()
            watch.look(base)
            taken.append(time.thread_time() - started)
            await asyncio.sleep(0.005)
        middle = statistics.median(taken)
        share = middle / INTERVAL
        print(f"the warden: {middle * 1e3:.2f} ms a look at {count} workers, {share:.2%} of a core", end="; ")
        print(f"for 32 workers {share * 32 / count:.2%}")


async def ask_another(jail: Jail, number: int) -> None:
    """One question to a tool of its own."""
    await jail.call(f"# {number}\n{TOOLS['dyck']}", FUNCTION, questions("dyck", 1)[0])


def zygote_of(jail: Jail) -> int:
    """The number of a jail's zygote."""
    return jail._nursery._zygote._process.pid  # type: ignore[union-attr]  # noqa: SLF001  # nobody else's business


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def private_kilobytes(pid: int) -> int:
    """Pages that no other process shares."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(number) for number in re.findall(r"^Private_\w+: +(\d+)", text, re.MULTILINE))


def footprint(zygote: int) -> tuple[float, float, int, int]:
    """Resident MB of host and zygote, living workers, and the host's descriptors."""
    gc.collect()
    resident = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4 / 1024 for pid in (os.getpid(), zygote)]
    return (
        round(resident[0], 1),
        round(resident[1], 1),
        len(children(zygote)),
        len(list(Path("/proc/self/fd").iterdir())),
    )


async def starting() -> None:
    """From nothing to the first answer, self-test included."""
    taken = []
    for _ in range(10):
        started = time.perf_counter()
        async with Jail(Limits(), Isolation.BATCH):
            taken.append(time.perf_counter() - started)
    print(f"start, self-test included: {statistics.median(taken) * 1e3:.0f} ms at the median")


def peers(python: str) -> None:
    """Other executors on the same tools."""
    done = subprocess.run(  # noqa: S603  # an interpreter that the user named
        [python, str(Path(__file__).with_name("sandbox_peers.py"))], capture_output=True, text=True, check=True
    )
    print(f"\n{'other executors':<16}{'tool':<14}{'batch µs':>10}{'call µs':>10}")
    for name, tools in json.loads(done.stdout).items():
        for tool, found in tools.items():
            shown = found.get("error") or f"{found['batch']:>10.2f}{found['call']:>10.0f}"
            print(f"{name:<16}{tool:<14}{shown}")


async def measure() -> None:
    """Every figure of ours."""
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    await starting()
    await births()
    await calls()
    await scaling()
    await memory()
    await warden()
    await batches()


def main() -> None:
    """Measure ours, and others where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", metavar="PYTHON", help="an interpreter that has the other executors")
    parser.add_argument("--attacks", action="store_true", help="only how soon a tool is served again after an attack")
    asked = parser.parse_args()
    if asked.attacks:
        asyncio.run(recovery())
        return
    asyncio.run(measure())
    if asked.peers:
        peers(asked.peers)


if __name__ == "__main__":
    main()
