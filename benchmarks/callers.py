"""How many questions a second tools answer for 1, 10 and 100 callers, quiet and while five kinds are being made.

Run: `python benchmarks/callers.py --json`. The tool maker is a function that takes `--maker-seconds` for a call; its
first completion of each making is refused by a gate, its second passes. While tools are made, five makings are under
way at every moment: as soon as one is done, its kind is made anew. 1,000 generated tools are registered; the questions
are of twenty of them.
"""

import argparse
import asyncio
import itertools
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence

from filled_store import bare, fill
from generated_tasks import GeneratedTask, generated_tasks

from latm import AsyncLatm, Example, Route
from latm.provenance import Outcome

REGISTERED = 1_000
HOT = 20
NEW = 5
CALLERS = (1, 10, 100)
WARM_UP = 500


class Maker:
    """Writes the right tool of a kind, at the second try of each making.

    Args:
        tasks: what it may be asked to make.
        seconds: that each call takes.
    """

    def __init__(self, tasks: Sequence[GeneratedTask], seconds: float) -> None:
        self._tasks = tasks
        self._seconds = seconds

    async def __call__(self, messages: list[dict[str, str]]) -> str:
        """The next completion of a making."""
        await asyncio.sleep(self._seconds)
        if not any(message["role"] == "assistant" for message in messages):
            return "no module at all"
        asked = "\n".join(message["content"] for message in messages)
        task = next(task for task in self._tasks if task.examples[0] in asked)
        return f"```python\n{task.source}\n```"


class Crowd:
    """Callers that ask one question after the other.

    Args:
        latm: open.
        questions: that tools answer, without end.
    """

    def __init__(self, latm: AsyncLatm, questions: Iterator[str]) -> None:
        self._latm = latm
        self._questions = questions

    async def per_second(self, callers: int, seconds: float) -> float:
        """Questions that so many callers get answered in a second."""
        until = time.perf_counter() + seconds
        started = time.perf_counter()
        counts = await asyncio.gather(*(self._ask(until) for _ in range(callers)))
        return sum(counts) / (time.perf_counter() - started)

    async def _ask(self, until: float) -> int:
        count = 0
        while time.perf_counter() < until:
            answer = await self._latm.ask(next(self._questions))
            if answer.route is not Route.TOOL:
                raise SystemExit(f"no tool answered: {answer}")
            count += 1
        return count


class Makings:
    """Five kinds that are made again and again.

    Attributes:
        seconds: what each making took.
    """

    def __init__(self, latm: AsyncLatm, tasks: Sequence[GeneratedTask]) -> None:
        self.seconds: list[float] = []
        self._latm = latm
        self._tasks = tasks
        self._going = True

    async def go_on(self) -> None:
        """Make them until told to stop."""
        await asyncio.gather(*map(self._again, self._tasks))

    def stop(self) -> None:
        """Begin no further making."""
        self._going = False

    async def _again(self, task: GeneratedTask) -> None:
        answer = bare(task.source)
        examples = [Example(question, str(answer(question))) for question in (*task.examples, *task.tests)]
        while True:
            started = time.perf_counter()
            making = await self._latm.make(task.name, examples)
            if making.outcome is not Outcome.MADE:
                raise SystemExit(f"no tool came of {task.name}: {making.reason}")
            self.seconds.append(time.perf_counter() - started)
            if not self._going:
                return


async def measured(store: str, seconds: float, maker_seconds: float) -> dict[str, object]:
    """Every figure, with one open latm."""
    tasks = generated_tasks(REGISTERED + NEW, seed=1)
    known, new = tasks[:REGISTERED], tasks[REGISTERED:]
    fill(store, known)
    rng = random.Random(0)  # noqa: S311  # a draw, no secret
    questions = itertools.cycle([rng.choice(task.tests) for task in rng.choices(rng.sample(known, HOT), k=5_000)])
    async with AsyncLatm(store=store, maker=Maker(new, maker_seconds), reuse=False) as latm:
        for question in itertools.islice(questions, WARM_UP):
            await latm.ask(question)
        crowd = Crowd(latm, questions)
        alone = await one_round(latm, new)
        quiet, busy, spent = [], [], []
        for callers in CALLERS:
            makings = Makings(latm, new)
            before = await crowd.per_second(callers, seconds / 2)
            making = asyncio.create_task(makings.go_on())
            await asyncio.sleep(0)
            busy.append(await crowd.per_second(callers, seconds))
            makings.stop()
            await making
            quiet.append((before + await crowd.per_second(callers, seconds / 2)) / 2)
            spent.append(statistics.median(makings.seconds))
    return {
        "callers": list(CALLERS),
        "quiet_per_second": quiet,
        "making_per_second": busy,
        "share_while_making": [some / full for some, full in zip(busy, quiet, strict=True)],
        "making_alone_seconds": alone,
        "making_busy_seconds": spent,
        "maker_seconds": maker_seconds,
    }


async def one_round(latm: AsyncLatm, tasks: Sequence[GeneratedTask]) -> float:
    """Seconds that a making of the five takes where nobody asks anything."""
    makings = Makings(latm, tasks)
    going = asyncio.create_task(makings.go_on())
    await asyncio.sleep(0)
    makings.stop()
    await going
    return statistics.median(makings.seconds)


def main() -> None:
    """Measure, and print one object or a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement")
    parser.add_argument("--maker-seconds", type=float, default=1.0, help="that each call of the tool maker takes")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measured(f"sqlite:///{folder}/latm.db", chosen.seconds, chosen.maker_seconds))
    if chosen.json:
        sys.stdout.write(json.dumps(found) + "\n")
        return
    for name, value in found.items():
        print(f"{name:<24}{value}")


if __name__ == "__main__":
    main()
