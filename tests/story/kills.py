"""`kill -9` at random moments, two processes on one store: what is lost, what is made twice, and what stands.

Run: `python tests/story/kills.py --kills 200 --seed 1`.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from latm.store import ToolCache

CHILD = Path(__file__).with_name("killed.py")


def kill_often(folder: Path, kills: int, seed: int) -> dict[str, object]:
    """Kill one of two processes again and again, start it anew each time, and count."""
    rng = random.Random(seed)
    store, notes = f"sqlite:///{folder / 'latm.db'}", folder / "notes"
    faults: list[str] = []

    def start(number: int) -> subprocess.Popen[str]:
        words = [sys.executable, str(CHILD), store, str(number), str(notes)]
        return subprocess.Popen(words, stderr=subprocess.PIPE, text=True)  # noqa: S603  # our own program

    running = [start(1), start(2)]
    for number in range(kills):
        time.sleep(rng.uniform(0.2, 4.0))
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
    return _counted(store, notes, faults)


def _counted(store: str, notes: Path, faults: list[str]) -> dict[str, object]:
    lines = [line.split() for line in notes.read_text().splitlines()]
    paid = Counter((purpose, kind) for purpose, kind, *when in lines if when)
    with ToolCache.open(store) as cache:
        logged = Counter(answer.id for answer in cache.answers(limit=None))
        direct = sum(answer.route == "direct" for answer in cache.answers(limit=None))
        tools = Counter(tool.source.split("kind ")[1].split(".")[0] for tool in cache.tools())
        tasks = len(cache.tasks())
    return {
        "faults": faults,
        "kinds_with_a_tool": len(tools),
        "kinds_with_two_tools": sum(count > 1 for count in tools.values()),
        "tasks": tasks,
        "proposals_by_kind": {kind: count for (purpose, kind), count in sorted(paid.items()) if purpose == "propose"},
        "direct_paid": sum(count for (purpose, _), count in paid.items() if purpose == "direct"),
        "direct_on_record": direct,
        "answers_on_record": sum(logged.values()),
        "recorded_twice": sum(count > 1 for count in logged.values()),
    }


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
