"""What a question, opening and a change cost as tasks grow from 10 to 10,000.

Run: `python benchmarks/growth.py --json`. No model is asked. Tasks are generated; their wordings share common words,
and near siblings are among them.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence

from filled_store import add_tool, examples_of, fill
from generated_tasks import GeneratedTask, generated_tasks
from timing import Timed

from latm import AsyncLatm, Question, Route
from latm.answering.snapshot import Snapshot
from latm.learning.watcher import Watcher
from latm.observing import Observers
from latm.sandbox import open_sandbox
from latm.settings import Settings
from latm.store import Batch, ToolCache

SIZES = (10, 100, 1_000, 10_000)
ASKED = 400
WARM_UP = 50
CHANGES = 20


def sample(tasks: Sequence[GeneratedTask], count: int) -> list[tuple[str, str]]:
    """Test questions with the names of their tasks; of a few hot tasks, as in any traffic."""
    rng = random.Random(len(tasks))  # noqa: S311  # a draw, no secret
    hot = rng.sample(tasks, min(10, len(tasks)))
    return [(task.name, rng.choice(task.tests)) for task in rng.choices(hot, k=count)]


def loaded(store: str) -> tuple[float, Snapshot]:
    """Seconds until everything is known, and what is known then."""
    with ToolCache.open(store) as cache:
        started = time.perf_counter()
        snapshot = Watcher(cache, Observers()).refresh()
        return time.perf_counter() - started, snapshot


def right_first(snapshot: Snapshot, tasks: Sequence[GeneratedTask]) -> float:
    """Share of questions, one of each of at most 1,000 tasks, whose own task is the first candidate."""
    rng = random.Random(1)  # noqa: S311  # a draw, no secret
    asked = [(task.name, rng.choice(task.tests)) for task in rng.sample(tasks, min(len(tasks), 1_000))]
    found = [(name, snapshot.resemblance(Question(question), 5).candidates) for name, question in asked]
    return statistics.fmean(bool(candidates) and candidates[0].task.name == name for name, candidates in found)


def taken_over(store: str, new: Sequence[GeneratedTask]) -> float:
    """Milliseconds, at the median, that a process takes to serve a tool that another one has added."""
    taken = []
    with ToolCache.open(store) as ours, ToolCache.open(store) as theirs:
        watcher = Watcher(ours, Observers())
        watcher.refresh()
        for task in new:
            theirs.record(Batch(examples=examples_of(task)))
            add_tool(theirs, task)
            started = time.perf_counter()
            snapshot = watcher.refresh()
            taken.append((time.perf_counter() - started) * 1e3)
            if snapshot.tool(task.name) is None:
                raise SystemExit(f"{task.name} was not taken over")
    return statistics.median(taken)


async def asked(store: str, questions: Sequence[tuple[str, str]]) -> float:
    """Microseconds of a question beyond the jailed call, at the median."""
    settings = Settings(store=store, making="never")
    timed = Timed(open_sandbox(settings))
    async with AsyncLatm(settings, sandbox=timed) as latm:
        beyond = []
        for _, question in questions:
            timed.take()
            started = time.perf_counter()
            answer = await latm.ask(question)
            beyond.append((time.perf_counter() - started - timed.take()) * 1e6)
            if answer.route is not Route.TOOL:
                raise SystemExit(f"no tool answered: {answer}")
    return statistics.median(beyond[WARM_UP:])


def measured(size: int) -> dict[str, float]:
    """Everything at one size."""
    tasks = generated_tasks(size + CHANGES, seed=1)
    known, new = tasks[:size], tasks[size:]
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{folder}/latm.db"
        fill(store, known)
        seconds, snapshot = loaded(store)
        return {
            "ask_us": asyncio.run(asked(store, sample(known, ASKED))),
            "load_s": seconds,
            "right_first": right_first(snapshot, known),
            "take_over_ms": taken_over(store, new),
        }


def main() -> None:
    """Measure every size, and print one object or a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--tasks", type=int, nargs="+", default=SIZES)
    chosen = parser.parse_args()
    rows = [measured(size) for size in chosen.tasks]
    found: dict[str, Sequence[float]] = {"tasks": chosen.tasks}
    found |= {name: [row[name] for row in rows] for name in rows[0]}
    if chosen.json:
        sys.stdout.write(json.dumps(found) + "\n")
        return
    for name, values in found.items():
        print(f"{name:<14}" + "".join(f"{value:>12,.3f}" for value in values))


if __name__ == "__main__":
    main()
