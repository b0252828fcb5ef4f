# ruff: noqa: T201  # the test reads what is printed
"""Wait for a line, then open a tool cache and add a task to it.

Usage: open_new.py URL TASK
"""

import sys

from latm.store import ToolCache
from latm.task import Example


def main(url: str, task: str) -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    with ToolCache.open(url) as cache:
        cache.add_examples(task, [Example("question", "answer")])


main(*sys.argv[1:])
