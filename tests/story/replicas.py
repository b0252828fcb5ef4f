"""Replicas: two gateways and three batch workers on one PostgreSQL, killed, cut off and restarted all along.

Run it: `python tests/story/replicas.py --minutes 20 --seed 7`; smaller, with `--minutes 1 --kinds 10 --lines 96`. Every
fault that it counts should be 0; `replicas_checks.py` says what is counted, and which purchases a kill excuses. A short
form, in which answers and not seconds decide when something is killed, is a test.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "gateway")]

import httpx2  # noqa: E402  # these come from where the line above says
import psycopg  # noqa: E402
from crowd import question, truth  # noqa: E402
from psycopg.sql import SQL  # noqa: E402
from replicas_checks import checked  # noqa: E402
from replicas_upstream import Books, selling  # noqa: E402

from latm.gateway.accounts import Accounts  # noqa: E402
from latm.gateway.limits import Limit  # noqa: E402
from postgresql_server import Server, cut_connections, fresh_database, running  # noqa: E402

SHARE, MAX_ERROR = 0.3, 0.25
RATE = 120
BUDGET = 6_000
PROJECT = "app"
BLOCK = 32
_LONG = 5_000
"""Lines of a file whose end is not waited for."""
_LONGEST = 300.0
"""Seconds, beyond those of the disorder, in which the workers of a short plan end and a tool serves."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything.

    Attributes:
        seconds: of disorder.
        seed: of all that is drawn.
        kinds: two fifths of which the gateways see, and the workers the rest.
        lines: of each worker's file.
        callers: of the gateways at once.
        pause: seconds from one disorder to the next, at least and at most.
        think: seconds from an answer to the caller's next question, on average.
        tools: how many must serve at the end.
        gateways: processes.
        workers: processes.
        window: seconds between a reply and the kill of its buyer up to which it need not be on record.
    """

    seconds: float
    seed: int
    kinds: int = 300
    lines: int = 20_000
    callers: int = 12
    pause: tuple[float, float] = (1.0, 6.0)
    think: float = 0.25
    tools: int = 1
    gateways: int = 2
    workers: int = 3
    window: float = 30.0

    @property
    def at_gateways(self) -> int:
        """Kinds that gateways see."""
        return 2 * self.kinds // 5


@dataclass(slots=True)
class Process:
    """A process that is started anew whenever it ends.

    Attributes:
        name: of its place.
        command: how it is started, given the name of this start.
        born: how often it was started.
        ended: when each start ended, by the monotonic clock, by its name.
        killed: when starts were killed.
        said: what starts said that ended by themselves and not as they should.
        is_done: whether it is not to be started again.
    """

    name: str
    command: Callable[[str], list[str]]
    folder: Path
    born: int = 0
    ended: dict[str, float] = field(default_factory=dict)
    killed: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    is_done: bool = False
    child: subprocess.Popen[bytes] | None = None

    @property
    def start_name(self) -> str:
        """Of the start that runs now."""
        return f"{self.name}-{self.born}"

    def start(self) -> None:
        """Start it."""
        self.born += 1
        with (self.folder / f"{self.start_name}.log").open("wb") as log:
            self.child = subprocess.Popen(  # noqa: S603  # our own program
                self.command(self.start_name), stdout=log, stderr=log, cwd=self.folder
            )

    def look(self) -> None:
        """Start it again where it has ended."""
        if self.child is None or self.is_done or (code := self.child.poll()) is None:
            return
        self.ended.setdefault(self.start_name, time.monotonic())
        if code == 0:
            self.is_done = True
            return
        if code != -signal.SIGKILL:
            self.said.append((self.folder / f"{self.start_name}.log").read_text(errors="replace")[-2000:])
        self.start()

    def kill(self) -> None:
        """`kill -9`."""
        if self.child is not None and self.child.poll() is None:
            self.child.kill()
            self.child.wait()
            self.ended[self.start_name] = time.monotonic()
            self.killed.append(self.ended[self.start_name])

    def end(self, seconds: float) -> None:
        """Ask it to end, and wait."""
        self.is_done = True
        if self.child is not None and self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                self.said.append(f"{self.start_name} did not end")
                self.kill()
        self.ended.setdefault(self.start_name, time.monotonic())


@dataclass(slots=True)
class Answered:
    """An answer that reached a caller of a gateway.

    Attributes:
        text: what was asked.
        key: the name of its key.
        start: the start of the gateway that gave it.
        asked_at: when it was asked, by the monotonic clock.
        at: when it came.
        by_tool: whether a tool gave it.
        right: whether it is.
    """

    text: str
    key: str
    start: str
    asked_at: float
    at: float
    by_tool: bool
    right: bool


@dataclass(slots=True)
class Calls:
    """What callers of the gateways met."""

    answered: list[Answered] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    broken: int = 0


class World:
    """All that takes part.

    Args:
        plan: how much of it.
        folder: for files.
        server: the database's.
        books: the endpoint's.
        endpoint: its address.
    """

    def __init__(self, plan: Plan, folder: Path, server: Server, books: Books, endpoint: str) -> None:
        self.plan, self.folder, self.server, self.books = plan, folder, server, books
        self.store = fresh_database(server.url)
        self.rng = random.Random(plan.seed)
        self.calls = Calls()
        self.disorder: Counter[str] = Counter()
        self.outages: list[tuple[float, float]] = []
        self.late: list[str] = []
        self.ports = {f"g{number + 1}": free_port() for number in range(plan.gateways)}
        self.keys = self._keys()
        self.inputs = {f"w{number + 1}": self._input(number) for number in range(plan.workers)}
        settings = ["--max-error", str(MAX_ERROR), "--audit", str(SHARE), "--making-tokens", "50", "--workers", "1"]
        latm = [sys.executable, "-m", "latm"]

        def gateway(start: str) -> list[str]:
            to = f"{endpoint}/{start}/v1"
            where = ["--port", str(self.ports[start.partition("-")[0]]), "--upstream", to, "--maker", f"tiny@{to}"]
            own = ["--upstream-key-env", "REPLICAS_KEY", "--store", self.store]
            return [*latm, "serve", *where, *own, *settings, "--policy", "certified"]

        def worker(start: str) -> list[str]:
            name = start.partition("-")[0]
            files = [str(self.inputs[name]), "-o", str(self.output(name))]
            own = ["--maker", f"tiny@{endpoint}/{start}/v1", "--store", self.store, "--block", str(BLOCK)]
            return [*latm, "run", *files, *own, *settings, "--policy", "certified", "--patience", "600"]

        self.gateways = [Process(name, gateway, folder) for name in self.ports]
        self.workers = [Process(name, worker, folder) for name in self.inputs]
        self.processes = [*self.gateways, *self.workers]

    def _keys(self) -> dict[str, str]:
        limits: dict[str, dict[str, Any]] = {
            "free": {},
            "poor": {"limit": Limit(tokens=BUDGET, period="total")},
            "slow": {"per_minute": RATE},
        }
        with Accounts(self.store) as accounts:
            made = {name: accounts.create_key(name=name, project=PROJECT, **own) for name, own in limits.items()}
        self.key_ids = {name: key.id for name, (_, key) in made.items()}
        return {name: secret for name, (secret, _) in made.items()}

    def _input(self, number: int) -> Path:
        rng, path = random.Random(f"{self.plan.seed} {number}"), self.folder / f"w{number + 1}.jsonl"
        kinds = range(self.plan.at_gateways, self.plan.kinds)
        with path.open("w") as file:
            for line in range(self.plan.lines):
                text = question(rng.choice(kinds), 1000 * line + number, rng.randint(1, 999))
                file.write(json.dumps({"id": f"w{number + 1}-{line}", "question": text, "answer": truth(text)}) + "\n")
        return path

    def output(self, name: str) -> Path:
        """Where a worker writes."""
        return self.folder / f"{name}-out.jsonl"

    async def call(self, number: int, until: Callable[[], bool]) -> None:
        """One caller: asks again, of either gateway, until it is answered or refused for good."""
        rng = random.Random(f"{self.plan.seed} caller {number}")
        asked = 0
        async with httpx2.AsyncClient(timeout=120) as client:
            while not until():
                asked += 1
                first = 1_000_000 * (number + 1) + asked
                text = question(rng.randrange(self.plan.at_gateways), first, rng.randint(1, 999))
                key = rng.choices(("free", "poor", "slow"), (6, 1, 1))[0]
                while not (await self._asked(client, rng, text, key) or until()):  # noqa: ASYNC110  # it is no waiting
                    await asyncio.sleep(0.5)
                await asyncio.sleep(rng.uniform(0, 2 * self.plan.think))

    async def _asked(self, client: httpx2.AsyncClient, rng: random.Random, text: str, key: str) -> bool:
        gateway = rng.choice(self.gateways)
        start = gateway.start_name
        body = {"model": "m", "temperature": 1, "max_tokens": 20, "messages": [{"role": "user", "content": text}]}
        headers = {"authorization": f"Bearer {self.keys[key]}"}
        url = f"http://127.0.0.1:{self.ports[gateway.name]}/v1/chat/completions"
        began = time.monotonic()
        try:
            reply = await client.post(url, json=body, headers=headers)
        except httpx2.HTTPError:
            self.calls.broken += 1
            return False
        if reply.status_code != 200:
            code = reply.json()["error"]["code"]
            self.calls.refused[code] += 1
            return code in {"insufficient_quota", "rate_limit_exceeded"}
        said = reply.json()["choices"][0]["message"]["content"]
        by_tool = "hit" in reply.headers["cache-status"]
        self.calls.answered.append(Answered(text, key, start, began, time.monotonic(), by_tool, said == truth(text)))
        return True

    def count(self, of: LiteralString) -> int:
        """How many rows there are; 0 while the database is away."""
        with suppress(psycopg.Error), psycopg.connect(self.store, connect_timeout=5) as connection:
            row = connection.execute(SQL("SELECT count(*) FROM ") + SQL(of)).fetchone()
            return int(row[0]) if row else 0
        return 0

    async def until(self, so: Callable[[], bool]) -> None:
        """Wait, and start anew what ends."""
        enough = time.monotonic() + _LONGEST
        while not so():
            if time.monotonic() > enough:
                raise TimeoutError(f"It did not come so far; seed {self.plan.seed}.")
            await asyncio.sleep(0.05)
            for process in self.processes:
                process.look()

    def disturb(self) -> None:
        """Kill a process, or cut connections."""
        what = self.rng.choices(("kill", "cut some", "cut all"), (5, 3, 1))[0]
        self.disorder[what] += 1
        if what == "kill":
            self.rng.choice([one for one in self.processes if not one.is_done] or self.processes).kill()
            return
        with suppress(psycopg.Error):
            self.disorder["connections cut"] += cut_connections(self.store, 1.0 if what == "cut all" else 0.3)

    def restart_database(self, *, crash: bool) -> None:
        """Restart it."""
        self.disorder["database crashed" if crash else "database restarted"] += 1
        began = time.monotonic()
        self.server.restart(crash=crash)
        self.outages.append((began, time.monotonic()))

    async def disorder_for(self, seconds: float) -> None:
        """Disturb for so long, and restart the database twice."""
        began = time.monotonic()
        restarts = [began + seconds / 3, began + 2 * seconds / 3]
        next_at = began + self.rng.uniform(*self.plan.pause)
        while (now := time.monotonic()) < began + seconds:
            await asyncio.sleep(0.1)
            for process in self.processes:
                process.look()
            if restarts and now >= restarts[0]:
                restarts.pop(0)
                await asyncio.to_thread(self.restart_database, crash=not restarts)
            if now >= next_at:
                await asyncio.to_thread(self.disturb)
                next_at = time.monotonic() + self.rng.uniform(*self.plan.pause)

    async def run(self) -> dict[str, Any]:
        """All of it."""
        return await self.run_through(self.disorder_for(self.plan.seconds))

    async def run_through(self, disorder: Coroutine[Any, Any, None]) -> dict[str, Any]:
        """Let all of them work while the disorder goes on, and until they are done; what came of it."""
        is_over = False
        for process in self.processes:
            process.start()
        calling = [asyncio.create_task(self.call(number, lambda: is_over)) for number in range(self.plan.callers)]
        await disorder
        enough = time.monotonic() + _LONGEST
        while missing := await asyncio.to_thread(self.missing):
            if time.monotonic() > enough:
                self.late = missing
                break
            await asyncio.sleep(0.5)
            for process in self.processes:
                process.look()
        is_over = True
        await asyncio.gather(*calling)
        await asyncio.gather(*(asyncio.to_thread(process.end, 120) for process in self.processes))
        return checked(self)

    def missing(self) -> list[str]:
        """What is still waited for. A long file is not: what is written of it is looked at."""
        waited = [] if self.plan.lines > _LONG else [one.name for one in self.workers if not one.is_done]
        return waited or (
            ["a tool that serves"] if self.count("tasks WHERE status = 'served'") < self.plan.tools else []
        )


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probing:
        probing.bind(("127.0.0.1", 0))
        port: int = probing.getsockname()[1]
        return port


@contextmanager
def world(plan: Plan, folder: Path) -> Iterator[World]:
    """All that takes part, and none of it afterwards."""
    os.environ["REPLICAS_KEY"] = os.environ["OPENAI_API_KEY"] = "sk-story"
    with running() as server, selling(plan.kinds) as (books, endpoint):
        made = World(plan, folder, server, books, endpoint)
        try:
            yield made
        finally:
            for process in made.processes:
                process.kill()


def replicas(plan: Plan, folder: Path) -> dict[str, Any]:
    """Run one plan; what came of it."""
    with world(plan, folder) as made:
        return asyncio.run(made.run())


def main() -> None:
    """The long form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--kinds", type=int, default=300)
    parser.add_argument("--lines", type=int, default=20_000, help="of each worker's file; a short one is waited for")
    parser.add_argument("--pause", type=float, nargs=2, default=(1.0, 6.0), help="seconds, longer on a busy machine")
    parser.add_argument("--think", type=float, default=0.25, help="seconds from an answer to the next question")
    parser.add_argument("--folder", type=Path, help="keep the files there")
    chosen = parser.parse_args()
    pause = tuple(chosen.pause)
    plan = Plan(60 * chosen.minutes, chosen.seed, chosen.kinds, chosen.lines, pause=pause, think=chosen.think)
    with tempfile.TemporaryDirectory() as folder:
        found = replicas(plan, chosen.folder or Path(folder))
    sys.stdout.write(json.dumps({"seed": plan.seed, "minutes": chosen.minutes} | found, indent=1) + "\n")


if __name__ == "__main__":
    main()
