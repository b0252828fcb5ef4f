"""How many questions a second tools answer for 1, 10 and 100 callers, quiet and while five kinds are being made.

Run: `python benchmarks/callers.py --json`. The tool maker is a function that takes `--maker-seconds` for a call; its
first completion of each making is refused by a gate, its second passes. While tools are made, five makings are under
way at every moment: as soon as one is done, its kind is made anew. 1,000 generated tools are registered; the questions
are of twenty of them.

Quiet stretches and stretches with makings take turns, so that what else the machine does meets both; the share is the
ratio of their medians. `by_processor` is the same ratio by what an answer costs of all processor time that this
program takes, which other programs hardly change. `others` says how many cores those had meanwhile.
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
from dataclasses import dataclass
from typing import Any

from filled_store import bare, fill
from generated_tasks import GeneratedTask, generated_tasks
from machine import Watch

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


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some seconds in which questions were asked.

    Attributes:
        per_second: questions that were answered.
        per_processor_second: the same for a processor second of this program.
        others: cores that other programs had.
    """

    per_second: float
    per_processor_second: float
    others: float


class Crowd:
    """Callers that ask one question after the other.

    Args:
        latm: open.
        questions: that tools answer, without end.
    """

    def __init__(self, latm: AsyncLatm, questions: Iterator[str]) -> None:
        self._latm = latm
        self._questions = questions

    async def ask(self, callers: int, seconds: float) -> Stretch:
        """Have so many callers ask for so long."""
        watch = Watch()
        until = time.perf_counter() + seconds
        count = sum(await asyncio.gather(*(self._ask(until) for _ in range(callers))))
        took, mine, others = watch.stop()
        return Stretch(count / took, count / mine, others / took)

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


async def measured(store: str, seconds: float, maker_seconds: float, rounds: int) -> dict[str, Any]:
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
        alone, processor = await one_round(latm, new)
        rows = []
        for callers in CALLERS:
            quiet, busy, spent = [], [], []
            for at in range(2 * rounds):
                if at % 4 in {0, 3}:  # quiet, making, making, quiet
                    quiet.append(await crowd.ask(callers, seconds))
                    continue
                makings = Makings(latm, new)
                going = asyncio.create_task(makings.go_on())
                await asyncio.sleep(2 * maker_seconds)  # until the first are at the gates
                busy.append(await crowd.ask(callers, seconds))
                makings.stop()
                await going
                spent += makings.seconds
            rows.append(row(callers, quiet, busy) | {"making_seconds": round(statistics.median(spent), 2)})
    return {
        "maker_seconds": maker_seconds,
        "making_alone_seconds": round(alone, 2),
        "making_processor_seconds": round(processor, 3),
        "rows": rows,
    }


def row(callers: int, quiet: Sequence[Stretch], busy: Sequence[Stretch]) -> dict[str, Any]:
    """What so many callers got."""

    def median(field: str, stretches: Sequence[Stretch]) -> float:
        return float(statistics.median(getattr(stretch, field) for stretch in stretches))

    def ratio(field: str) -> float:
        return round(median(field, busy) / median(field, quiet), 2)

    shares = sorted(some.per_second / full.per_second for some, full in zip(busy, quiet, strict=True))
    return {
        "callers": callers,
        "quiet_per_second": round(median("per_second", quiet)),
        "making_per_second": round(median("per_second", busy)),
        "share": ratio("per_second"),
        "share_of_pairs": [round(shares[0], 2), round(shares[-1], 2)],
        "by_processor": ratio("per_processor_second"),
        "others": [round(median("others", stretches), 2) for stretches in (quiet, busy)],
    }


async def one_round(latm: AsyncLatm, tasks: Sequence[GeneratedTask]) -> tuple[float, float]:
    """Seconds that a making of the five takes where nobody asks anything, and processor seconds."""
    makings, watch = Makings(latm, tasks), Watch()
    going = asyncio.create_task(makings.go_on())
    await asyncio.sleep(0)
    makings.stop()
    await going
    _, mine, _ = watch.stop()
    return statistics.median(makings.seconds), mine / len(tasks)


def main() -> None:
    """Measure, and print one object or a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each stretch")
    parser.add_argument("--rounds", type=int, default=4, help="stretches of each sort")
    parser.add_argument("--maker-seconds", type=float, default=1.0, help="that each call of the tool maker takes")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(
            measured(f"sqlite:///{folder}/latm.db", chosen.seconds, chosen.maker_seconds, chosen.rounds)
        )
    if chosen.json:
        sys.stdout.write(json.dumps(found) + "\n")
        return
    rows = found.pop("rows")
    for name, value in [*found.items(), *((f"{row.pop('callers')} callers", row) for row in rows)]:
        print(f"{name:<24}{value}")


if __name__ == "__main__":
    main()
