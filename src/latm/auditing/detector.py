"""Notices that a tool has become worse: a Shiryaev-Roberts detector over audits.

For each level q of error that it looks for, R_q sums, over all moments at which the change may have come, how much
likelier the audits since then are under q than under δ. While the error chance of every audit is at most δ, R_q after n
audits is n in the mean at most, so that the mean time to a false alarm at a threshold A is at least A audits (Pollak,
Annals of Statistics 13, 1985; as an e-detector: Shin, Ramdas & Rinaldo, arXiv 2203.03532).
"""

import math
from functools import lru_cache

LEVELS = (0.03, 0.05, 0.1, 0.2, 0.5)
_NEXT = 3
_CEILING = 1e300


@lru_cache(maxsize=64)
def levels(max_error: float) -> tuple[float, ...]:
    """The levels of error that are looked for: those above δ; 3δ too if it is below all, halfway to 1 if none is.

    A level at or below δ would take a tool that never errs for one that has changed.
    """
    above = tuple(level for level in LEVELS if level > max_error) or ((1 + max_error) / 2,)
    return (_NEXT * max_error, *above) if _NEXT * max_error < above[0] else above


@lru_cache(maxsize=64)
def _factors(max_error: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    looked_for = levels(max_error)
    right = tuple((1 - level) / (1 - max_error) for level in looked_for)
    return right, tuple(level / max_error for level in looked_for)


def fresh(max_error: float) -> tuple[float, ...]:
    """The scores before the first audit: R_q = 0 for each level."""
    return (0.0,) * len(levels(max_error))


def step(scores: tuple[float, ...], max_error: float, *, wrong: bool) -> tuple[float, ...]:
    """R_q ← (R_q + 1)·(q/δ)^L·((1−q)/(1−δ))^(1−L) for one more audit, L = 1 if it found a wrong answer."""
    factors = _factors(max_error)[wrong]
    return tuple([min((score + 1) * factor, _CEILING) for score, factor in zip(scores, factors, strict=True)])


def evidence(scores: tuple[float, ...]) -> float:
    """The mean of R_q over the levels, which the threshold is checked against."""
    return math.fsum(scores) / len(scores)
