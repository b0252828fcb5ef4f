"""`kill -9` at random moments during audits, promotions and repairs, two processes on one store: does all add up?

Run: `python tests/story/audit_kills.py --kills 200 --seed 1`. Every fault counted should be 0; what was paid for and is
not on record is what was under way at the kills.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

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


def kill_often(folder: Path, kills: int, seed: int) -> dict[str, object]:
    """Kill one of two processes again and again, start it anew each time, and see whether all adds up."""
    rng = random.Random(seed)
    store, notes = f"sqlite:///{folder / 'latm.db'}", folder / "notes"
    faults: list[str] = []

    def start(number: int) -> subprocess.Popen[str]:
        words = [sys.executable, str(CHILD), store, str(number), str(notes)]
        return subprocess.Popen(words, stderr=subprocess.PIPE, text=True)  # noqa: S603  # our own program

    running = [start(1), start(2)]
    time.sleep(20)  # until there is something to audit
    for number in range(kills):
        time.sleep(rng.uniform(0.5, 5.0))
        place = rng.randrange(2)
        child = running[place]
        if child.poll() is not None and child.stderr:
            faults.append(child.stderr.read()[-500:])
        child.kill()
        child.wait()
        running[place] = start(number + 3)
    time.sleep(8)
    for child in running:
        child.kill()
        child.wait()
    return {"kills": kills, "faults": faults, **counted(store, notes)}


def counted(store: str, notes: Path) -> dict[str, object]:
    """What is on record, held against itself and against what was paid."""
    paid = Counter[str]()
    for line in notes.read_text().splitlines():
        purpose, tokens = line.split()
        paid[purpose] += int(tokens)
    with ToolCache.open(store) as cache:
        with cache.reading() as connection:
            given = connection.execute(select(answers).where(answers.c.tool_task.is_not(None))).all()
            drawn = connection.execute(select(audits)).all()
            states = {(row.task_id, row.version): state_of(row) for row in connection.execute(select(certificates))}
            happened = connection.execute(select(events).order_by(events.c.id)).all()
            coin = coin_of(connection)
        books = cache.ledger()
    billed = sum((book.total for book in books), Usage()).tokens
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
        "tokens_paid": sum(paid.values()),
        "tokens_billed": billed,
        "tokens_paid_by_purpose": dict(paid),
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


def main() -> None:
    """Kill, count, and print one object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(json.dumps(kill_often(Path(folder), chosen.kills, chosen.seed), indent=1) + "\n")


if __name__ == "__main__":
    main()
