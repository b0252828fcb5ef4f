"""Gateways side by side on one PostgreSQL: answers by a tool a second, and what they ask of the database.

    python benchmarks/side_by_side.py --json

1, 2 and 4 processes of `latm serve`, each under a wrk of its own, all at once, for answers of one tool to questions
that are new each time. What the database was asked is counted by its own `pg_stat_statements`: for each 1,000 answers,
how many statements and how many transactions that write; and beside it, how many a second an idle gateway asks.
"""

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg

from gateway import NEW, free_port, load, make_tool, processor_seconds, running

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from postgresql_server import Server, fresh_database  # from where the line above says
from postgresql_server import running as database

STATEMENTS = """
SELECT coalesce(sum(calls), 0)::bigint AS statements,
  coalesce(sum(calls) FILTER (WHERE query LIKE '%pg_advisory_xact_lock%'), 0)::bigint AS writing_transactions,
  coalesce(sum(rows) FILTER (WHERE query LIKE 'INSERT INTO answers%'), 0)::bigint AS answers_written
FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'
"""
AT_ONCE = 16
IDLE_SECONDS = 5.0


def counted(server: Server) -> dict[str, int]:
    """What the database was asked since this was last called."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        row = connection.execute(STATEMENTS).fetchone() or (0, 0, 0)
        connection.execute("SELECT pg_stat_statements_reset()")
    return dict(zip(("statements", "writing_transactions", "answers_written"), row, strict=True))


def count_statements(server: Server) -> None:
    """Let the server count what it is asked."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
    server.restart()
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")


def side_by_side(  # noqa: PLR0913, PLR0917  # where, to what, how many and how long
    folder: Path, server: Server, store: str, upstream: str, count: int, seconds: float
) -> dict[str, Any]:
    """So many gateways under load at once."""
    ports = [free_port() for _ in range(count)]
    bases = [f"http://127.0.0.1:{port}/v1" for port in ports]
    with ExitStack() as stack:
        processes = []
        for number, port in enumerate(ports):
            command = [sys.executable, "-m", "latm", "serve", "--port", str(port), "--upstream", upstream]
            command += ["--maker", f"tiny@{upstream}", "--policy", "verified", "--making-tokens", "0"]
            command += ["--store", store, "--workers", "1"]
            url = f"http://127.0.0.1:{port}/livez"
            processes.append(stack.enter_context(running(command, url, folder / f"latm-{count}-{number}.log")))
        make_tool(bases[0])
        for base in bases:
            make_tool(base)
        time.sleep(2)
        counted(server)
        time.sleep(IDLE_SECONDS)
        idle = counted(server)["statements"] / IDLE_SECONDS / count
        before = sum(processor_seconds(process.pid) for process in processes)
        folders = [folder / f"{count}-{number}" for number in range(count)]
        for own in folders:
            own.mkdir()
        with ThreadPoolExecutor(count) as threads:
            loads = [
                threads.submit(load, own, f"{base}/chat/completions", NEW, AT_ONCE, seconds)
                for own, base in zip(folders, bases, strict=True)
            ]
            found = [one.result() for one in loads]
        spent = sum(processor_seconds(process.pid) for process in processes) - before
        time.sleep(2)  # until what waits is written
        asked = counted(server)
    requests = sum(one["requests"] for one in found)
    return {
        "gateways": count,
        "requests": requests,
        "errors": sum(one["errors"] for one in found),
        "per_second": round(sum(one["per_second"] for one in found)),
        "processor_us": round(1e6 * spent / requests),
        "answers_written": asked["answers_written"],
        "statements_per_1000": round(1000 * asked["statements"] / requests, 1),
        "writing_transactions_per_1000": round(1000 * asked["writing_transactions"] / requests, 2),
        "idle_statements_per_second_and_gateway": round(idle, 1),
    }


def measured(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The whole run."""
    port, here = free_port(), Path(__file__).parent
    up = [sys.executable, "-m", "uvicorn", "--app-dir", str(here), "gateway:upstream", "--log-level", "warning"]
    up += ["--port", str(port), "--no-access-log"]
    base = f"http://127.0.0.1:{port}/v1"
    found: dict[str, Any] = {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}
    with database() as server, running(up, base, folder / "up.log"):
        count_statements(server)
        store = fresh_database(server.url)
        found["gateways"] = [
            side_by_side(folder, server, store, base, count, arguments.seconds) for count in arguments.gateways
        ]
    return found


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object; it is the only form there is")
    parser.add_argument("--seconds", type=float, default=8, help="of each measurement")
    parser.add_argument("--gateways", type=int, nargs="+", default=[1, 2, 4], help="how many side by side")
    arguments = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("wrk is not installed: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(json.dumps(measured(arguments, Path(folder)), indent=1) + "\n")


if __name__ == "__main__":
    main()
