"""Streams of answers, some of them wrong: by chance, by time, and by adversaries who see every audit's verdict."""

import bisect
import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from certificate_peers import exceeds_interval

ALPHA, SHARE = 0.05, 0.05

ANSWERS = 5_000
"""How many answers a stream has."""
TRUSTED = 1_000


@dataclass(slots=True)
class Seen:
    """What has happened so far, for adversaries to go by.

    Attributes:
        answers: how many there were.
        wrong: how many of them are wrong.
        found: how many of the wrong ones were audited.
    """

    answers: int = 0
    wrong: int = 0
    found: int = 0


Rate = Callable[[Seen], tuple[float, int]]
"""From what was seen to the chance of a wrong answer, and the answer until which it stays if nothing is found."""


def _steady(error: float) -> Rate:
    """Wrong by chance."""
    return lambda _: (error, ANSWERS)


def _alternating(period: int, length: int, error: float) -> Rate:
    """Wrong by chance in the last `length` answers of each period, and never before."""

    def rate(seen: Seen) -> tuple[float, int]:
        within = seen.answers % period
        end = seen.answers - within + period
        return (0.0, end - length) if within < period - length else (error, end)

    return rate


def _drifting(seen: Seen) -> tuple[float, int]:
    step = seen.answers // 500
    return 0.2 * step * 500 / ANSWERS, (step + 1) * 500


def _lucky(seen: Seen) -> tuple[float, int]:
    """Presses on while audits have found fewer than is to be expected; else lies low."""
    return (1.0 if seen.found <= SHARE * seen.wrong else 0.01), ANSWERS


def _ahead(seen: Seen) -> tuple[float, int]:
    """Errs until more is wrong than an interval at the end of the stream will allow, then never again."""
    return (0.0 if seen.wrong >= _beyond_interval(seen.found) else 1.0), ANSWERS


@cache
def _beyond_interval(found: int) -> int:
    """The fewest wrong answers that the interval rules out, where so many of them were found."""
    audits = round(SHARE * ANSWERS)
    return bisect.bisect_left(
        range(ANSWERS), x=True, key=lambda wrong: exceeds_interval(found, audits, wrong / ANSWERS, ALPHA)
    )


def _waiting(seen: Seen) -> tuple[float, int]:
    """Errs only once it has long been trusted."""
    return (0.0, TRUSTED) if seen.answers < TRUSTED else (0.2, ANSWERS)


def _caught_once(seen: Seen) -> tuple[float, int]:
    return (0.0 if seen.found else 1.0), ANSWERS


STREAMS: Mapping[str, Rate] = {
    "i.i.d.": _steady(0.1),
    "always wrong": _steady(1.0),
    "bursts": _alternating(500, 50, 1.0),
    "cycles": _alternating(500, 250, 0.2),
    "slow drift": _drifting,
    "adversary: errs while audits look lucky": _lucky,
    "adversary: stops while it is ahead": _ahead,
    "adversary: waits until it is trusted": _waiting,
    "adversary: stops once caught": _caught_once,
}


class Happening(NamedTuple):
    """An answer that is wrong, audited, or both.

    Attributes:
        at: its place in the stream, from 1.
        wrong: whether it is wrong.
        audited: whether it was audited.
    """

    at: int
    wrong: bool
    audited: bool


def gap(rng: random.Random, chance: float) -> int:
    """How many times in a row something of this chance does not happen."""
    if chance >= 1:
        return 0
    return int(math.log(1 - rng.random()) / math.log1p(-chance)) if chance > 0 else ANSWERS**2


def happenings(
    rate: Rate, rng: random.Random, share: Callable[[], float], answers: int = ANSWERS
) -> Iterator[Happening]:
    """All answers that are wrong or audited, in order; right ones without an audit are skipped over.

    Args:
        rate: the stream.
        rng: of the run.
        share: the chance with which the next answers are audited; may change with every happening.
        answers: where the stream ends.
    """
    seen, draw = Seen(), rng.random
    while seen.answers < answers:
        audit = share()
        error, until = rate(seen)
        either = error + audit - error * audit
        if either < 1:
            skipped = gap(rng, either)
            if seen.answers + skipped >= min(until, answers):
                seen.answers = min(until, answers)
                continue
            seen.answers += skipped
        wrong = error >= 1 or draw() * either < error
        audited = not wrong or draw() < audit
        seen.answers += 1
        if wrong:
            seen.wrong += 1
            seen.found += audited
        yield Happening(seen.answers, wrong, audited)
