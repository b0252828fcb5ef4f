"""Holds 100 tokens of a key's budget on each of 25 threads at once, then settles: python spenders.py URL KEY.

It says `ready`, and after a line how many could be held; after another one how many it settled, by 60 tokens each.
"""

import secrets
import sys
from concurrent.futures import ThreadPoolExecutor

from latm.gateway.accounts import Accounts
from latm.gateway.books import Hold, Spent


def main(url: str, id_: str) -> None:
    """Hold, then settle, when told to."""
    with Accounts(url) as accounts, ThreadPoolExecutor(25) as threads:
        [key] = [one for one in accounts.known().keys.values() if one.id == id_]
        holds = [Hold(secrets.token_hex(8), key, "m", 0, 100, 60) for _ in range(25)]
        _say("ready")
        sys.stdin.readline()
        done = list(threads.map(lambda hold: accounts.write([hold], {})[0], holds))
        held = [hold for hold, is_held in zip(holds, done, strict=True) if is_held]
        _say(len(held))
        sys.stdin.readline()
        spent = [Spent(key.id, key.project, "m", 50, 10, 7, hold.id) for hold in held]
        settled = list(threads.map(lambda one: accounts.write([one], {})[0], spent))
        _say(sum(settled))


def _say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
