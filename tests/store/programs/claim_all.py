# ruff: noqa: T201  # the test reads what is printed
"""Wait for a line, then try to claim the making of many tasks; say which were ours.

Usage: claim_all.py URL OWNER COUNT
"""

import sys

from latm.store import ToolCache


def main(url: str, owner: str, count: str) -> None:
    with ToolCache.open(url) as cache:
        print("ready", flush=True)
        sys.stdin.readline()
        for number in range(int(count)):
            if cache.claim_making(f"task-{number}", owner, 60):
                print(f"task-{number}", flush=True)


main(*sys.argv[1:])
