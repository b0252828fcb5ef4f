# ruff: noqa: T201  # the test reads what is printed
"""Do many things at random to a few tasks that others change as well; say how many answers were recorded.

Usage: change_at_random.py URL SEED COUNT
"""

import contextlib
import random
import sys

from latm.answer import Answer, Route
from latm.errors import NotFoundError, StoreError
from latm.provenance import Making, Outcome
from latm.store import Batch, ToolCache, new_owner
from latm.task import Example, Record
from latm.tool import Program


def main(url: str, seed: str, count: str) -> None:
    chance = random.Random(int(seed))
    recorded = 0
    with ToolCache.open(url) as cache:
        for number in range(int(count)):
            task, other = (f"task-{chance.randrange(4)}" for _ in range(2))
            example = Example(f"question {chance.randrange(9)}", f"{chance.randrange(3)}", "test:strong")
            answers = [Answer(f"{seed} {number}", "a", Route.DIRECT, task)]
            with contextlib.suppress(NotFoundError, StoreError):  # another one was faster
                match chance.randrange(8):
                    case 0 | 1 | 2:
                        cache.record(Batch(answers, [(task, example)], {task: Record(came=1)}), kept=5)
                        recorded += 1
                    case 3:
                        make(cache, task, Program(f"source {chance.randrange(3)}"))
                    case 4:
                        cache.rename_task(task, other)
                    case 5:
                        cache.retire(task)
                    case 6:
                        cache.restore(task)
                    case 7:
                        cache.delete_tasks([task])
    print(recorded, flush=True)


def make(cache: ToolCache, task: str, program: Program) -> None:
    owner = new_owner()
    if cache.claim_making(task, owner, 60):
        cache.record_making(Making(task, Outcome.MADE, "", program.id, ""), program, owner=owner)


main(*sys.argv[1:])
