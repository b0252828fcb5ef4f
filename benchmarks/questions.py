"""What a question costs from end to end once its tool stands: asked one by one, and in a run; beside the bare tools.

Run: `python benchmarks/questions.py --json`. No model is asked. 1,000 generated tools are registered; the questions are
of twenty of them, as in any traffic.
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

from filled_store import bare, fill
from generated_tasks import GeneratedTask, generated_tasks
from timing import Timed

from latm import AsyncLatm, Route
from latm.sandbox import open_sandbox
from latm.settings import Settings

REGISTERED = 1_000
HOT = 20
ASKED = 2_000
STREAMED = 40_000
WARM_UP = 200


def drawn(tasks: Sequence[GeneratedTask], count: int, seed: int) -> list[tuple[GeneratedTask, str]]:
    """Test questions, each with its task."""
    rng = random.Random(seed)  # noqa: S311  # a draw, no secret
    return [(task, rng.choice(task.tests)) for task in rng.choices(tasks, k=count)]


async def one_by_one(store: str, questions: Sequence[str]) -> list[float]:
    """Microseconds of each question beyond the jailed call."""
    settings = Settings(store=store, making="never")
    beyond = []
    timed = Timed(open_sandbox(settings))
    async with AsyncLatm(settings, sandbox=timed) as latm:
        for question in questions:
            timed.take()
            started = time.perf_counter()
            answer = await latm.ask(question)
            beyond.append((time.perf_counter() - started - timed.take()) * 1e6)
            if answer.route is not Route.TOOL:
                raise SystemExit(f"no tool answered: {answer}")
    return sorted(beyond[WARM_UP:])


async def in_a_run(store: str, questions: Sequence[str]) -> float:
    """Microseconds of each question of a run."""
    async with AsyncLatm(Settings(store=store, making="never")) as latm:
        async for _ in latm.run(questions[:WARM_UP]):
            pass
        started = time.perf_counter()
        routes = [answer.route async for answer in latm.run(questions)]
        seconds = time.perf_counter() - started
    if set(routes) != {Route.TOOL}:
        raise SystemExit("not every question was answered by a tool")
    return seconds / len(questions) * 1e6


def bare_calls(questions: Sequence[tuple[GeneratedTask, str]]) -> float:
    """Microseconds of each question by the bare tools in this process."""
    tools = {task.name: bare(task.source) for task, _ in questions}
    started = time.perf_counter()
    for task, question in questions:
        tools[task.name](question)
    return (time.perf_counter() - started) / len(questions) * 1e6


def measured() -> dict[str, float]:
    """Everything, in one process."""
    tasks = generated_tasks(REGISTERED, seed=1)
    hot = random.Random(0).sample(tasks, HOT)  # noqa: S311  # a draw, no secret
    stream = drawn(hot, STREAMED, 2)
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{folder}/latm.db"
        fill(store, tasks)
        beyond = asyncio.run(one_by_one(store, [question for _, question in drawn(hot, ASKED, 1)]))
        alone = bare_calls(stream)
        each = asyncio.run(in_a_run(store, [question for _, question in stream]))
    return {
        "ask_beyond_jail_us_median": statistics.median(beyond),
        "ask_beyond_jail_us_p99": beyond[int(0.99 * len(beyond))],
        "bare_us": alone,
        "run_us": each,
        "run_over_bare": each / alone,
        "run_per_second": 1e6 / each,
    }


def main() -> None:
    """Measure, and print one object or a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    found = measured()
    if chosen.json:
        sys.stdout.write(json.dumps(found) + "\n")
        return
    for name, value in found.items():
        print(f"{name:<28}{value:>12,.1f}")


if __name__ == "__main__":
    main()
