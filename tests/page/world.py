"""A page over a store in which something happened, served in a thread of its own."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import uvicorn
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.routing import Mount

from latm.answer import Answer, Route
from latm.auditing import Goal, Policy
from latm.gateway.page.app import page_of
from latm.latm import AsyncLatm
from latm.ledger import Usage
from latm.provenance import Attempt, Making, Outcome
from latm.report import Column, Table
from latm.settings import Settings
from latm.store import RIGHT, Batch, ToolCache, Verdict
from latm.store.schema import answers
from latm.task import Example
from latm.tool import Program
from served import SUMS, promote
from toy import SUM_TOOL, sum_question

HOSTILE = (
    "<img src=x onerror=\"document.title='taken'\"> </pre></script><script>document.title='taken'</script> \x1b[31mred"
)
ADDRESS = "/latm"


def difference(n: int) -> str:
    return f"Take the numbers {n} from {n + 9}. Reply with the difference only."


DIFFERENCES = (
    SUMS.replace("Sums of two", "Differences of two")
    .replace("Add the numbers", "Take the numbers")
    .replace(r"(\d+) and (\d+)", r"(\d+) from (\d+)")
    .replace("with the sum", "with the difference")
    .replace("return a + b", "return b - a")
)


def fill(store: str) -> None:
    """A kind that a tool serves in its second version, one that is compared, one without a tool, and hostile texts."""
    promote(store, "sums", SUMS.replace("Sums of two numbers.", "Sums, at first."))
    promote(store, "sums", SUMS)
    with ToolCache.open(store) as cache:
        compared = [Example(difference(n), "9") for n in range(6)]
        cache.add_examples("differences", compared)
        program = Program(DIFFERENCES)
        asked = [Attempt("propose", "Write a tool.", "It is said:\n" + HOSTILE, "shown-examples", HOSTILE)]
        asked += [Attempt("propose", "The tool fails.", DIFFERENCES)]
        making = Making(
            "differences", Outcome.MADE, "for a test", program.id, "toy", asked, {"shown-examples": 1}, (HOSTILE,),
            Usage(2, 900, 300), "2026-01-02T03:04:05+00:00", 3.2, "0.1.0",
        )  # fmt: skip
        cache.record_making(making, program, goal=Goal(policy=Policy.SHADOW, max_error=0.05))
        cache.add_examples("no tool yet", [Example(f"Say {n} {HOSTILE}", HOSTILE, "toy") for n in range(6)])
        cache.add_examples("a part", [Example(f"Part {n}: add {n} and 1", str(n + 1)) for n in range(3)])
        cache.record(Batch(answers_of(30), shadows=[(answer, ["differences"]) for answer in compared_answers()]))
        spread(cache)
        for audit in cache.claim_audits("test", 60, 10):
            cache.settle_audits({audit.id: Verdict(RIGHT, "9", "9", source="toy")})


def spread(cache: ToolCache) -> None:
    """Let the answers on record have come over the last days."""
    with cache.writing() as connection:
        rows = connection.scalars(select(answers.c.row).order_by(answers.c.row)).all()
        for place, row in enumerate(rows):
            at = datetime.now(UTC) - timedelta(days=place * 7 % 6)
            moved = update(answers).where(answers.c.row == row)
            connection.execute(moved.values(answered_at=at.isoformat(timespec="seconds")))


def answers_of(count: int) -> list[Answer]:
    given = [
        Answer(
            sum_question(n, n), str(2 * n), Route.TOOL, "sums", Program(SUMS).id, evidence="the parser accounts for it"
        )
        for n in range(count)
    ]
    given += [
        Answer(f"Say {n} {HOSTILE}", HOSTILE, Route.DIRECT, "no tool yet", usage=Usage(1, 60, 40)) for n in range(9)
    ]
    return [*given, *compared_answers(), Answer(sum_question(1, 1), "2", Route.DIRECT, "sums", usage=Usage(1, 50, 5))]


def compared_answers() -> list[Answer]:
    return [
        Answer(difference(n), "9", Route.DIRECT, "differences", usage=Usage(1, 50, 10), serial=f"serial-{n}")
        for n in range(20, 25)
    ]


async def toy_maker(messages: Sequence[dict[str, str]]) -> str:
    """Writes the tool for sums, whatever it is asked."""
    return SUM_TOOL if "Add the numbers" in messages[-1]["content"] else "NO PROGRAM: this takes a poet"


def keys() -> Table:
    return Table([Column("key"), Column("project")], [["lk-…f3a9", "north"]])


@dataclass
class Served:
    """Where the page is."""

    url: str
    store: str
    latm: AsyncLatm


@contextmanager
def serving(store: str, **settings: Any) -> Iterator[Served]:
    """The page in a thread with an event loop of its own, as the gateway mounts it."""
    opened: dict[str, AsyncLatm] = {}

    @asynccontextmanager
    async def lifespan(_app: object) -> Any:
        async with AsyncLatm(Settings(store=store, making="never", **settings), maker=toy_maker) as latm:
            opened["latm"] = latm
            yield

    page = page_of(lambda: opened["latm"], keys=keys if settings.pop("with_keys", True) else None)
    app = Starlette(routes=[Mount(ADDRESS, app=page)], lifespan=lifespan)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the page did not start"
            thread.join(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Served(f"http://127.0.0.1:{port}{ADDRESS}", store, opened["latm"])
    finally:
        server.should_exit = True
        thread.join()
