"""Unit costs of answers by tools, measured here; and what 1,000,000,000 questions a day take by them.

    python benchmarks/capacity.py --json
    python benchmarks/capacity.py --json --assume hits=0.5 days=1 tenants=1000

Each unit is measured by itself: processor time in `run` and of a gateway on PostgreSQL (wrk asks), bytes on record,
what one database takes, memory of processes, workers, tasks and keys. The calculation and the simulation of skew are
`capacity_plan.py`; what they assume of traffic and prices are parameters.
"""

import argparse
import asyncio
import json
import os
import platform
import random
import shutil
import socket
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import psycopg
from capacity_plan import Assumed, Units, calculated
from filled_store import add_tool, examples_of, fill
from generated_tasks import GeneratedTask, generated_tasks
from growth import loaded
from machine import footprint, own_seconds
from one_offs import resident_mb
from questions import drawn
from side_by_side import IDLE_SECONDS, count_statements, counted

from gateway import NEW, QUESTION, free_port, load, make_tool, running

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from latm import Answer, AsyncLatm, Route, Settings
from latm.auditing import Goal, Policy
from latm.gateway.accounts import Accounts
from latm.sandbox import open_sandbox
from latm.store import Batch, ToolCache
from latm.tool import ToolVersion
from postgresql_server import Server, fresh_database  # from where the line above says
from postgresql_server import running as database

BATCH, BATCHES = 200, 50
TASKS, KEYS, COLD = 2_000, 2_000, 200
STREAMED = 20_000
AUDITED = Goal(0.01, audit_share=0.05, policy=Policy.VERIFIED)


async def in_a_run(store: str, questions: Sequence[str]) -> float:
    """Processor time of a question of a run, in microseconds."""
    async with AsyncLatm(Settings(store=store, making="never", workers=1)) as latm:
        async for _ in latm.run(questions[:200]):
            pass
        before = own_seconds()
        async for answer in latm.run(questions):
            if answer.route is not Route.TOOL:
                raise SystemExit(f"no tool answered: {answer}")
        return 1e6 * (own_seconds() - before) / len(questions)


async def cold_start(tasks: Sequence[GeneratedTask]) -> tuple[float, float]:
    """Processor time more of a call whose tool has no worker, in microseconds; and memory of a worker that waits."""
    async with open_sandbox(Settings(workers=2)) as sandbox:
        await sandbox.call(tasks[0].source, "parse", "x")
        alone, count = footprint()
        before = own_seconds()
        for _ in range(len(tasks)):
            await sandbox.call(tasks[0].source, "parse", "x")
        warm = own_seconds() - before
        before = own_seconds()
        for task in tasks:
            await sandbox.call(task.source, "parse", "x")
        cold = own_seconds() - before
        full, more = footprint()
    return 1e6 * (cold - warm) / len(tasks), (full - alone) / (more - count)


def answer(tool: ToolVersion, serial: str, number: int) -> Answer:
    """One as a gateway records it."""
    named = Answer(QUESTION.format(number, serial), str(number), Route.TOOL, tool.task, tool.id, serial=serial)
    why = "the tool accounts for the whole question"
    return replace(named, tool=(tool.task, tool.number), seconds=0.001, evidence=why)


def recorded(url: str, server: int | None = None) -> dict[str, float]:
    """What answers of one audited tool take to be put on record, each.

    Args:
        url: of an empty database.
        server: the process of its server; None: there is none.
    """
    (task,) = generated_tasks(1, seed=1)
    with ToolCache.open(url) as cache:
        cache.record(Batch(examples=examples_of(task)))
        add_tool(cache, task)
        cache.retarget(lambda _: AUDITED)
        (tool,) = (known.tool for known in cache.changes(0).known if known.tool)
        before, log = cache.compact()[0], written_ahead(url)
        started, spent = time.perf_counter(), spent_by(server)
        for batch in range(BATCHES):
            answers = [answer(tool, f"{batch}-{number}", number) for number in range(BATCH)]
            cache.record(Batch(answers))
        seconds, spent, count = time.perf_counter() - started, spent_by(server) - spent, BATCH * BATCHES
        log = written_ahead(url) - log
        return {
            "row_bytes": (cache.compact()[0] - before) / count,
            "rows_per_second": count / seconds,
            "record_us": 1e6 * spent / count,
            "log_bytes": log / count,
        }


def spent_by(server: int | None) -> float:
    """Processor time of this process and a server."""
    return time.process_time() + (own_seconds(server) if server else 0.0)


def written_ahead(url: str) -> int:
    """Where PostgreSQL's log is; 0 of SQLite."""
    if url.startswith("sqlite"):
        return 0
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_current_wal_lsn() - '0/0'").fetchone()
    return int(row[0]) if row else 0


def on_the_wire(port: int) -> tuple[int, int]:
    """Bytes of a request to a gateway with their headers, and of its answer."""
    content = json.dumps(
        {"model": "m", "temperature": 0, "messages": [{"role": "user", "content": QUESTION.format(7, 8)}]}
    )
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {'k' * 48}\r\n"
    head += f"content-type: application/json\r\ncontent-length: {len(content)}\r\nconnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall((head + content).encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return len(head + content), len(answer)


@contextmanager
def serving(folder: Path, store: str) -> Iterator[tuple[int, int]]:
    """A gateway with a tool for sums; its process and its port."""
    up, port = free_port(), free_port()
    upstream = [sys.executable, "-m", "uvicorn", "--app-dir", str(Path(__file__).parent), "gateway:upstream"]
    upstream += ["--log-level", "warning", "--no-access-log", "--port", str(up)]
    base = f"http://127.0.0.1:{up}/v1"
    serve = [sys.executable, "-m", "latm", "serve", "--port", str(port), "--upstream", base, "--maker", f"tiny@{base}"]
    serve += ["--policy", "verified", "--making-tokens", "0", "--store", store, "--workers", "1"]
    with (
        running(upstream, base, folder / "up.log"),
        running(serve, f"http://127.0.0.1:{port}/livez", folder / "latm.log") as process,
    ):
        make_tool(f"http://127.0.0.1:{port}/v1")
        yield process.pid, port


def postmaster(server: Server) -> int:
    """Its process."""
    return int((server.folder / "postmaster.pid").read_text().split()[0])


def over_http(folder: Path, server: Server, seconds: float) -> dict[str, float]:
    """What a gateway and its database take for an answer of a tool."""
    main_process = postmaster(server)
    with serving(folder, fresh_database(server.url)) as (process, port):
        time.sleep(2)
        resting = footprint(process)[0]
        counted(server)
        time.sleep(IDLE_SECONDS)
        idle = counted(server)["statements"] / IDLE_SECONDS
        before = own_seconds(process), own_seconds(main_process)
        done = load(folder, f"http://127.0.0.1:{port}/v1/chat/completions", NEW, 16, seconds)
        deadline = time.monotonic() + 60
        wrote: list[dict[str, int]] = []
        while sum(one["answers_written"] for one in wrote) < done["requests"] and time.monotonic() < deadline:
            time.sleep(0.5)
            wrote.append(counted(server))
        after = own_seconds(process), own_seconds(main_process)
        request, answer = on_the_wire(port)
    answers = sum(one["answers_written"] for one in wrote)
    return {
        "gateway_us": 1e6 * (after[0] - before[0]) / done["requests"],
        "database_us": 1e6 * (after[1] - before[1]) / max(1, answers),
        "transactions_per_1000": 1000 * sum(one["writing_transactions"] for one in wrote) / max(1, answers),
        "statements_idle": idle,
        "request_bytes": request,
        "answer_bytes": answer,
        "process_mib": resting,
    }


def known_by_a_process(folder: Path) -> dict[str, float]:
    """Memory and time of a task in a process that starts, and memory of a key."""
    store = f"sqlite:///{folder}/tasks.db"
    fill(store, generated_tasks(TASKS, seed=2))
    before = resident_mb()
    seconds, snapshot = loaded(store)
    kib = 1024 * (resident_mb() - before) / len(snapshot)
    with Accounts(f"sqlite:///{folder}/keys.db") as accounts:
        for number in range(KEYS):
            accounts.create_key(project=f"tenant-{number}")
        tracemalloc.start()
        known = accounts.known()
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return {"task_kib": kib, "task_ms": 1e3 * seconds / TASKS, "key_bytes": held / len(known.keys)}


def measured(folder: Path, seconds: float) -> Units:
    """Everything, each by itself."""
    found: dict[str, float] = known_by_a_process(folder)
    tasks = generated_tasks(COLD, seed=1)
    fill(f"sqlite:///{folder}/run.db", tasks)
    hot = random.Random(0).sample(tasks, 20)  # noqa: S311  # a draw, no secret
    stream = [question for _, question in drawn(hot, STREAMED, 2)]
    found["run_us"] = asyncio.run(in_a_run(f"sqlite:///{folder}/run.db", stream))
    found["cold_us"], found["worker_mib"] = asyncio.run(cold_start(tasks))
    found["sqlite_bytes"] = recorded(f"sqlite:///{folder}/answers.db")["row_bytes"]
    with database() as server:
        count_statements(server)
        found |= recorded(fresh_database(server.url), postmaster(server))
        found |= over_http(folder, server, seconds)
    return Units(**{name: round(value, 2) for name, value in found.items()})


def main() -> None:
    """Measure, calculate, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object; it is the only form there is")
    parser.add_argument("--seconds", type=float, default=10, help="for which the gateway is asked")
    parser.add_argument("--units", type=Path, help="a file with what this printed before, in place of measuring")
    known = ", ".join(f"{one.name}={one.default}" for one in fields(Assumed))
    parser.add_argument("--assume", nargs="+", default=[], metavar="NAME=VALUE", help=f"other than {known}")
    chosen = parser.parse_args()
    try:
        assumed = Assumed(
            **{name: json.loads(value) for name, _, value in (one.partition("=") for one in chosen.assume)}
        )
    except (TypeError, ValueError) as error:
        parser.error(f"--assume takes {known}: {error}")
    found: dict[str, Any] = {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}
    if chosen.units:
        before = json.loads(chosen.units.read_text(encoding="utf-8"))
        found, units = {name: before[name] for name in (*found, "load_at_end")}, Units(**before["units"])
    else:
        if not shutil.which("wrk"):
            sys.exit("wrk is not installed: apt-get install wrk")
        with tempfile.TemporaryDirectory() as folder:
            units = measured(Path(folder), chosen.seconds)
        found["load_at_end"] = os.getloadavg()[0]
    found |= {"units": asdict(units), "calculated": calculated(units, assumed)}
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
