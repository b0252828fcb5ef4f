# ruff: noqa: T201  # the test reads what is printed
"""Record makings and answers until killed; say what was recorded after it was, never before.

Usage: write_forever.py URL NAME [PAUSE]; it rests so many seconds after each task.
"""

import itertools
import sys
import time

from latm.answer import Answer, Route
from latm.provenance import Attempt, Making, Outcome
from latm.store import Batch, ToolCache
from latm.task import Example, Record
from latm.tool import Program

BATCH = 10


def main(url: str, name: str, pause: str = "0") -> None:
    with ToolCache.open(url) as cache:
        for number in itertools.count():
            task = f"{name}-{number}"
            cache.add_examples(task, [Example(f"question {number}", "answer", "test:strong")])
            program = Program(f"# {task}\ndef parse(question): return None\n")
            attempts = [Attempt("propose", "write a tool", "x" * 2000)]
            cache.record_making(Making(task, Outcome.MADE, "", program.id, "test:maker", attempts), program)
            print("tool", program.id, flush=True)
            answers = [Answer(f"{task} {i}", "text", Route.TOOL, task, program.id) for i in range(BATCH)]
            cache.record(Batch(answers, [(task, Example("last", "a", "test:strong"))], {task: Record(came=BATCH)}))
            print("answers", task, flush=True)
            time.sleep(float(pause))


main(*sys.argv[1:])
