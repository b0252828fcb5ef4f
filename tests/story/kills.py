"""`kill -9` at random moments, two processes on one store: what is lost, what is made twice, and what stands.

Run: `python tests/story/kills.py --kills 200 --seed 1`.
"""

from collections import Counter
from pathlib import Path

from killing import Moments, kill_often, run_from_command_line

from latm.store import ToolCache

CHILD = Path(__file__).with_name("killed.py")


def killed(folder: Path, kills: int, seed: int, moments: Moments) -> dict[str, object]:
    """Kill, and count."""
    store, notes = f"sqlite:///{folder / 'latm.db'}", folder / "notes"
    faults = kill_often(lambda number: [str(CHILD), store, str(number), str(notes)], kills, seed, moments)
    return {"kills": kills, "seed": seed, **_counted(store, notes, faults)}


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


if __name__ == "__main__":
    run_from_command_line(__doc__, killed, Moments((0.2, 4.0)))
