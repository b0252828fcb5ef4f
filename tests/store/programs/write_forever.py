# ruff: noqa: T201  # the test reads what is printed
"""Record makings and answers until killed; say what was recorded after it was, never before.

Usage: write_forever.py URL NAME
"""

import itertools
import sys

from latm.answer import Answer, Route
from latm.provenance import Attempt, Making, Outcome
from latm.store import ToolCache
from latm.task import Example
from latm.tool import Tool

BATCH = 10


def main(url: str, name: str) -> None:
    with ToolCache.open(url) as cache:
        for number in itertools.count():
            task = f"{name}-{number}"
            cache.add_examples(task, [Example(f"question {number}", "answer", "test:strong")])
            tool = Tool(f"# {task}\ndef parse(question): return None\n", task)
            attempts = [Attempt("propose", "write a tool", "x" * 2000)]
            cache.record_making(Making(task, Outcome.MADE, "", tool.id, "test:maker", attempts), tool)
            print("tool", tool.id, flush=True)
            cache.record_answers([Answer(f"{task} {i}", "text", Route.TOOL, task, tool.id) for i in range(BATCH)])
            print("answers", task, flush=True)


main(*sys.argv[1:])
