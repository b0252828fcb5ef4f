"""`kill -9` at random moments under load: every request ends rightly, and nothing is left behind.

LATM_SANDBOX_KILLS sets how often each kind of process is killed (the long run: 200), LATM_SANDBOX_SEED when, which and
under what load; each test prints both.
"""

import gc
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import anyio
import pytest

from latm.sandbox import Isolation, Limits, Verdict
from latm.sandbox.jail import Jail

pytestmark = pytest.mark.anyio

KILLS = int(os.environ.get("LATM_SANDBOX_KILLS", "8"))
SEED = int(os.environ.get("LATM_SANDBOX_SEED", "1"))
HANG = 60 + 2 * KILLS
CLIENTS = 4
PROGRAM = "def times(a, b):\n    total = 0\n    for _ in range(b):\n        total += a\n    return total\n"


def zygote(jail: Jail) -> int:
    """Its process; 0 while another is being started."""
    running = jail._nursery._zygote
    return running._process.pid if running else 0


def workers(zygote: int) -> list[int]:
    try:
        return [int(pid) for pid in Path(f"/proc/{zygote}/task/{zygote}/children").read_text().split()]
    except FileNotFoundError:
        return []


def session(leader: int) -> list[int]:
    """Every process of a session: a zygote starts one, and its workers stay in it."""
    return [
        pid
        for pid in map(int, filter(str.isdecimal, (path.name for path in Path("/proc").iterdir())))
        if session_of(pid) == leader
    ]


def session_of(pid: int) -> int:
    try:
        state, *_, leader = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:4]
    except (FileNotFoundError, ProcessLookupError):
        return -1
    return -1 if state == "Z" else int(leader)


def descriptors() -> int:
    gc.collect()  # what earlier tests left open
    return len(list(Path("/proc/self/fd").iterdir()))


async def wait_until_gone(leaders: set[int]) -> None:
    with anyio.fail_after(HANG):
        while any(session(leader) for leader in leaders):  # noqa: ASYNC110  # another process's end sets no event
            await anyio.sleep(0.02)


class Load:
    """Clients that ask without pause, check every answer, and retry what the machine failed."""

    def __init__(self, jail: Jail) -> None:
        self.jail = jail
        self.answered = 0
        self.retried = 0
        self.over = False

    async def client(self, number: int) -> None:
        source = f"# client {number}\n{PROGRAM}"
        chance = random.Random(f"{SEED} {number}")
        while not self.over:
            items = [[chance.randrange(100), chance.randrange(200)] for _ in range(chance.choice([1, 5, 300]))]
            await self.ask(source, items)

    async def ask(self, source: str, items: list[list[int]]) -> None:
        failed = []
        for item, result in zip(items, await self.jail.batch(source, "times", items), strict=True):
            if result.verdict is Verdict.INTERNAL:
                failed.append(item)
            else:
                assert (result.verdict, result.value) == (Verdict.OK, item[0] * item[1]), result
                self.answered += 1
        if failed:
            self.retried += len(failed)
            await self.ask(source, failed)


async def kill_under_load(isolation: Isolation, victims: Callable[[Jail], list[int]]) -> Load:
    leaders, before, chance = set(), descriptors(), random.Random(SEED)
    print(f"\n{KILLS} kills, seed {SEED}")  # noqa: T201  # to do it again
    with anyio.fail_after(HANG):
        async with Jail(Limits(seconds=5), isolation, workers=2) as jail:
            load = Load(jail)
            async with anyio.create_task_group() as group:
                for number in range(CLIENTS):
                    group.start_soon(load.client, number)
                for _ in range(KILLS):
                    leaders.add(zygote(jail))
                    await kill_one(load, victims, chance)
                load.over = True
            assert (await jail.call(PROGRAM, "times", 6, 7)).value == 42
            leaders.add(zygote(jail))
    await wait_until_gone(leaders - {0})
    assert descriptors() == before
    return load


async def kill_one(load: Load, victims: Callable[[Jail], list[int]], chance: random.Random) -> None:
    answered = load.answered
    while True:
        await anyio.sleep(chance.random() * 0.1)
        if load.answered > answered and (found := victims(load.jail)):
            try:
                os.kill(chance.choice(found), signal.SIGKILL)
            except ProcessLookupError:
                continue
            return


@pytest.mark.parametrize("isolation", list(Isolation)[:2])
async def test_killed_workers_cost_no_answer_and_leave_nothing(isolation: Isolation) -> None:
    load = await kill_under_load(isolation, lambda jail: workers(zygote(jail)))
    print(f"\nworkers killed {KILLS} times at {isolation}: {load.answered} right, {load.retried} to retry")  # noqa: T201  # the long run's figure
    assert load.answered > 0


async def test_killed_zygotes_cost_no_answer_and_leave_nothing() -> None:
    load = await kill_under_load(Isolation.BATCH, lambda jail: [pid for pid in [zygote(jail)] if pid])
    print(f"\nzygotes killed {KILLS} times: {load.answered} right, {load.retried} to retry")  # noqa: T201  # the long run's figure
    assert load.answered > 0


HOST = textwrap.dedent("""
    import sys
    import anyio
    from latm.sandbox import Isolation, Limits
    from latm.sandbox.jail import Jail

    HANGS = "def hang():\\n    while True:\\n        pass\\n"
    PROGRAM = "def same(value):\\n    return value\\n"

    async def main():
        async with Jail(Limits(seconds=60), Isolation.BATCH, workers=3) as jail:
            async with anyio.create_task_group() as group:
                group.start_soon(jail.call, HANGS, "hang")
                print(jail._nursery._zygote._process.pid, flush=True)
                while True:
                    await jail.batch(PROGRAM, "same", [[1]] * 200)

    anyio.run(main)
""")


def start_host() -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", HOST], stdout=subprocess.PIPE, text=True)  # noqa: S603  # ourselves


@pytest.fixture
def host() -> Iterator[Callable[[], Awaitable[tuple[subprocess.Popen[str], int]]]]:
    started: list[subprocess.Popen[str]] = []

    async def start() -> tuple[subprocess.Popen[str], int]:
        process = await anyio.to_thread.run_sync(start_host)
        started.append(process)
        assert process.stdout is not None
        return process, int(await anyio.to_thread.run_sync(process.stdout.readline))

    yield start
    for process in started:
        process.kill()
        process.communicate()


async def test_a_killed_host_leaves_no_process(
    host: Callable[[], Awaitable[tuple[subprocess.Popen[str], int]]],
) -> None:
    slowest, chance = 0.0, random.Random(SEED)
    print(f"\n{KILLS} kills, seed {SEED}")  # noqa: T201  # to do it again
    for _ in range(KILLS):
        process, leader = await host()
        await anyio.sleep(chance.random() * 0.1)
        assert session(leader)
        process.kill()
        killed = time.perf_counter()
        await wait_until_gone({leader})
        slowest = max(slowest, time.perf_counter() - killed)
    print(f"\nhosts killed {KILLS} times: everything gone after {slowest * 1e3:.0f} ms at most")  # noqa: T201  # as above
