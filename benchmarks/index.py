"""What the index costs as tasks come to it, and whether it still finds the right one first.

Run: `python benchmarks/index.py [--json]`. No model is asked.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from generated_tasks import GeneratedTask, generated_tasks

from latm.answering.frame import features
from latm.answering.index import Index

TASKS = (10, 100, 1_000, 10_000)
QUESTIONS = 1_000
CHANGES = 100
CANDIDATES = 20


def median(call: Callable[[Any], object], arguments: Sequence[object]) -> float:
    """Seconds that the call takes with one of the arguments."""
    taken = []
    for argument in arguments:
        started = time.perf_counter()
        call(argument)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def measured(tasks: list[GeneratedTask], rng: random.Random) -> dict[str, float]:
    """One row: times, and the share of test questions whose first candidate is their task."""
    known = {task.name: task.examples for task in tasks}
    started, started_cpu = time.perf_counter(), time.process_time()
    index = Index().with_many(known)
    load, load_cpu = time.perf_counter() - started, time.process_time() - started_cpu
    asked = [(task.name, rng.choice(task.tests)) for task in rng.choices(tasks, k=QUESTIONS)]
    questions = [question for _, question in asked]
    right = [index.nearest(question, CANDIDATES)[0].task == task for task, question in asked]
    changes = [(task.name, [*task.examples, task.tests[0]]) for task in rng.choices(tasks, k=CHANGES)]
    return {
        "nearest_us": 1e6 * median(lambda question: index.nearest(question, CANDIDATES), questions),
        "features_us": 1e6 * median(features, questions),
        "changed_ms": 1e3 * median(lambda change: index.changed(*change), changes),
        "load_s": load,
        "load_cpu_s": load_cpu,
        "right_first": statistics.mean(right),
    }


def main() -> None:
    """Measure, and print a table or one object."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true", help="print one object with an array for each figure")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    rows = [measured(generated_tasks(count, given.seed), random.Random(given.seed)) for count in TASKS]  # noqa: S311
    figures: dict[str, Sequence[float]] = {
        "tasks": TASKS,
        **{name: [round(row[name], 4) for row in rows] for name in rows[0]},
    }
    if given.json:
        print(json.dumps(figures))
        return
    for name, values in figures.items():
        print(f"{name:>12}", *(f"{value:>10,.4g}" for value in values))


if __name__ == "__main__":
    main()
