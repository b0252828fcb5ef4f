"""What a question costs from end to end once its tool stands: asked one by one, and in a run; beside the bare tools.

Run: `python benchmarks/questions.py --data FOLDER --tools RUN`, where RUN is the folder of a run of `latm bench
compiled` on the same data. No model is asked.
"""

import argparse
import asyncio
import random
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from latm.answer import Answer, Route
from latm.bench.running import TOOLS
from latm.bench.tasks import folder_tasks
from latm.bench.tools import tools_of_run
from latm.latm import AsyncLatm
from latm.task import Instance
from latm.tasks.splits import paper_split

SAMPLE = 600
WARM_UP = 50


def bare(tools: Path, questions: list[Instance]) -> dict[str, list[float]]:
    """Microseconds that the tool of each task takes for each of its questions, in this process."""
    taken: dict[str, list[float]] = {}
    for task, made in tools_of_run(tools).items():
        names: dict[str, Any] = {}
        exec(made.tool.program.code, names)  # noqa: S102  # tools of our own run, of which we know what they do
        for instance in questions:
            if instance.task == task:
                started = time.perf_counter()
                names["latm_answer"](instance.question)
                taken.setdefault(task, []).append((time.perf_counter() - started) * 1e6)
    return taken


async def measure(store: str, questions: list[Instance]) -> None:
    """Ask one by one, then in a run."""
    async with AsyncLatm(store=store, making="never") as latm:
        for instance in questions[:WARM_UP]:
            await latm.ask(instance.question)
        asked: list[float] = []
        for instance in questions:
            started = time.perf_counter()
            answer = await latm.ask(instance.question)
            if answer.route is Route.TOOL:
                asked.append((time.perf_counter() - started) * 1e6)
        started = time.perf_counter()
        answers: list[Answer] = [answer async for answer in latm.run(questions)]
        each = (time.perf_counter() - started) / len(answers) * 1e6
    by_tool = sum(answer.route is Route.TOOL for answer in answers)
    print(f"{len(answers)} questions, {by_tool} answered by a tool")
    middle, mean = statistics.median(asked), statistics.fmean(asked)
    print(f"asked one by one: {middle:.0f} µs at the median, {mean:.0f} in the mean; in a run: {each:.0f} µs each")


def sample(folder: Path) -> list[Instance]:
    """Test questions of every task, shuffled."""
    found = [item for source in folder_tasks(folder) for item in paper_split(source.instances()).test]
    return random.Random(0).sample(found, SAMPLE)  # noqa: S311  # a draw, no secret


def main() -> None:
    """Take a sample of the tasks' test questions, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of BIG-bench JSON")
    parser.add_argument("--tools", type=Path, required=True, help="the folder of a run of `latm bench compiled`")
    asked = parser.parse_args()
    questions = sample(asked.data)
    taken = bare(asked.tools, questions)
    for task in sorted(taken, key=lambda task: statistics.median(taken[task])):
        print(f"{task:<42}{statistics.median(taken[task]):>8.1f} µs bare")
    every = [one for times in taken.values() for one in times]
    print(f"{'all':<42}{statistics.median(every):>8.1f} µs bare, {statistics.fmean(every):.1f} in the mean")
    with tempfile.TemporaryDirectory() as folder:
        # A copy, because asking leaves a record.
        shutil.copy(asked.tools / TOOLS, folder)
        asyncio.run(measure(f"sqlite:///{folder}/{TOOLS}", questions))


if __name__ == "__main__":
    main()
