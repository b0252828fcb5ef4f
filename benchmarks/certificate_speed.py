"""What a decision of the certificates costs, in microseconds of one core.

Run: `python benchmarks/certificate_speed.py`. Facts are folded one after the other, and after each it is asked what
follows from it, as the writer of a store does it.
"""

import argparse
import itertools
import json
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from certificates import serving

from latm.auditing import Audited, Begun, Certificate, Coin, Fact, Goal, Policy, Served, Source, advance, fold
from latm.auditing.bounds import errors_at_most, wrong_at_most

GOAL = Goal()
PATIENT = replace(GOAL, alarm=10**9, epoch=10**9)
"""Serves on, whatever is found, so that a million audits reach it."""


def in_shadow(error: float, count: int) -> Iterator[Fact]:
    """Audits of a version that is not yet promoted."""
    rng = random.Random(1)  # noqa: S311  # a simulation, no secret
    return (Audited(1, wrong=rng.random() < error, source=Source.SHADOW) for _ in range(count))


def while_serving(error: float, count: int, epoch: int) -> Iterator[Fact]:
    """Blocks of 20 answers with a coin that fell in each, and its verdict."""
    rng = random.Random(1)  # noqa: S311  # a simulation, no secret
    for _ in range(count // 2):
        yield Served(epoch, 20, 1, GOAL.audit_share)
        yield Audited(epoch, wrong=rng.random() < error, source=Source.COIN)


def each(call: Callable[[], object], count: int) -> float:
    """Microseconds of processor time."""
    started = time.process_time()
    call()
    return (time.process_time() - started) / count * 1e6


def exhaust(calls: Iterable[object]) -> None:
    """Do them all."""
    for _ in calls:
        pass


def measured(count: int) -> Iterator[tuple[str, float]]:
    """What was done, and what one of it cost."""
    begun = advance(Certificate(), [Begun(GOAL)]).state
    for error in (0.0099, 0.02):
        facts = list(in_shadow(error, count))
        yield f"an audit in shadow, error {error:.2%}", each(lambda facts=facts: advance(begun, facts), count)  # type: ignore[misc]
    for policy, error in itertools.product((Policy.CERTIFIED, Policy.VERIFIED), (0.001, 0.005)):
        state = serving(PATIENT) if policy is Policy.CERTIFIED else _verified()
        facts = list(while_serving(error, count, state.epoch.number))
        name = f"a fact while serving, {policy}, error {error:.1%}"
        yield name, each(lambda state=state, facts=facts: advance(state, facts), count)  # type: ignore[misc]
    yield "the same, folded after a restart", each(lambda: fold(facts, state), count)
    few = count // 100
    yield "W* for one more wrong audit, at 5 %", each(lambda: exhaust(map(_bound, range(few))), few)
    yield "θ* for one more wrong audit", each(lambda: exhaust(errors_at_most(k, 0.04) for k in range(500)), 500)
    coin = Coin.minted()
    yield "a coin", each(lambda: exhaust(coin.falls(str(one), 0.05) for one in range(few)), few)


def _bound(found: int) -> int:
    return wrong_at_most(found, GOAL.audit_share, 0.04)  # an alpha that no table was made for yet


def _verified() -> Certificate:
    return advance(Certificate(), [Begun(replace(PATIENT, policy=Policy.VERIFIED))]).state


def main(arguments: Sequence[str] | None = None) -> None:
    """Everything, once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000_000, help="facts of each kind")
    parser.add_argument("--json", action="store_true", help="one object instead of a table")
    given = parser.parse_args(arguments)
    rows = list(measured(given.count))
    lines = ["| what | µs |", "|---|---|", *(f"| {name} | {cost:.1f} |" for name, cost in rows)]
    sys.stdout.write((json.dumps(dict(rows)) if given.json else "\n".join(lines)) + "\n")


if __name__ == "__main__":
    main()
