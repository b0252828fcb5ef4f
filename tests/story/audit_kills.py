"""`kill -9` at random moments during audits, promotions and repairs, two processes on one store: does all add up?

Run: `python tests/story/audit_kills.py --kills 200 --seed 1`. Every fault counted should be 0; the ledger says what
arrived; and what the endpoint billed beyond that is of calls without a reply, which the ledger counts too.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from billing import Endpoint
from killing import Moments, kill_often, run_from_command_line
from sqlalchemy import select

from latm.auditing import Certificate
from latm.event import LEADS_TO
from latm.ledger import Usage
from latm.store import ToolCache
from latm.store.certifying import state_of
from latm.store.counting import coin_of
from latm.store.schema import answers, audits, certificates, events
from latm.store.usage import AnyRow
from latm.tool import ToolStatus

CHILD = Path(__file__).with_name("killed_audits.py")
SHARE = 0.3
OFTEN = Moments((0.5, 5.0), settles=20.0)  # until there is something to audit


def killed(folder: Path, kills: int, seed: int, moments: Moments = OFTEN) -> dict[str, Any]:
    """Kill, and see whether all adds up."""
    store, arrived, endpoint = f"sqlite:///{folder / 'latm.db'}", folder / "arrived", Endpoint()
    words = [str(CHILD), store]
    faults = kill_often(
        lambda number: [*words, str(number), str(endpoint.port), str(arrived)],
        kills,
        seed,
        moments,
        arrived.exists,
    )
    return {"kills": kills, "seed": seed, "faults": faults, **counted(store), **compared(store, arrived, endpoint)}


def compared(store: str, arrived: Path, endpoint: Endpoint) -> dict[str, Any]:
    """What the endpoint has billed, what has reached the processes, and what the ledger says."""
    with ToolCache.open(store) as cache:
        books = cache.ledger()
    billed = sum((book.total for book in books), Usage())
    purposes = Counter[str]()
    tokens = 0
    for line in arrived.read_text().splitlines():
        purpose, spent = line.split()
        purposes[purpose] += 1
        tokens += int(spent)
    unrecorded = sum((book.billed.get("unrecorded", Usage()) for book in books), Usage())
    return {
        "endpoint": {"calls": endpoint.calls, "tokens": endpoint.tokens},
        "arrived": {"calls": purposes.total(), "tokens": tokens, "calls_by_purpose": dict(purposes)},
        "ledger": {"calls": billed.calls, "tokens": billed.tokens, "unrecorded": unrecorded.tokens},
        "calls_without_a_reply": sum(book.unknown_calls for book in books),
    }


def counted(store: str) -> dict[str, Any]:
    """What is on record, held against itself."""
    with ToolCache.open(store) as cache, cache.reading() as connection:
        given = connection.execute(select(answers).where(answers.c.tool_task.is_not(None))).all()
        drawn = connection.execute(select(audits)).all()
        states = {(row.task_id, row.version): state_of(row) for row in connection.execute(select(certificates))}
        happened = connection.execute(select(events).order_by(events.c.id)).all()
        coin = coin_of(connection)
    by_coin = [row for row in drawn if row.source == "coin"]
    serials = {row.serial for row in by_coin}
    promoted: dict[tuple[int, int], str] = {}
    for event in happened:
        if LEADS_TO.get(event.kind) is ToolStatus.SERVING:
            promoted.setdefault((event.task_id, event.version), event.at)
    return {
        "answers_by_tools": len(given),
        "audits": dict(Counter(f"{row.source} {row.verdict or 'due'}" for row in drawn)),
        "decided": dict(Counter(event.kind for event in happened)),
        "coins_redrawn": sum(coin.falls(row.serial, SHARE) != (row.serial in serials) for row in given),
        "audited_twice": len(by_coin) - len(serials),
        "counts_that_differ": differing(states, given, by_coin),
        "served_before_promotion": sum(
            row.answered_at < promoted.get((row.tool_task, row.version), "9") for row in given
        ),
    }


def differing(
    states: Mapping[tuple[int, int], Certificate], given: Sequence[AnyRow], by_coin: Sequence[AnyRow]
) -> list[str]:
    """Epochs whose counts are not those of the answers and audits on record."""
    served = Counter((row.tool_task, row.version, row.epoch) for row in given)
    fallen = Counter((row.task_id, row.version, row.epoch) for row in by_coin)
    found = Counter((row.task_id, row.version, row.epoch, row.verdict) for row in by_coin)
    faults = []
    for key, state in states.items():
        for epoch in (*state.past, state.epoch):
            here = (*key, epoch.number)
            said = (epoch.served, epoch.drawn, epoch.right, epoch.wrong)
            on_record = (served[here], fallen[here], found[*here, "right"], found[*here, "wrong"])
            if said != on_record:
                faults.append(f"{here}: {said} is said, {on_record} is on record")
    return faults


if __name__ == "__main__":
    run_from_command_line(__doc__, killed, OFTEN)
