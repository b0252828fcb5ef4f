# ruff: noqa: T201  # the test reads what is printed
"""Claim the making for a task, keep a paid completion, say so, and wait to be killed.

Usage: claim_and_wait.py URL TASK
"""

import sys

from latm.ledger import Usage
from latm.models.port import Completion
from latm.store import ToolCache, new_owner


def main(url: str, task: str) -> None:
    with ToolCache.open(url) as cache:
        owner = new_owner()
        assert cache.claim_making(task, owner, 3600, {"prompt": "of the dead"})
        cache.journal(task).put("key", 0, Completion("paid", "test:maker", Usage(1, 10, 20)))
        print(owner, flush=True)
        sys.stdin.readline()


main(*sys.argv[1:])
