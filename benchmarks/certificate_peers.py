"""What others do: intervals for samples of a fixed size, and vCache's published rule."""

import math
from functools import lru_cache
from statistics import NormalDist

_EPSILONS = (0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5)
_QUANTILES = {epsilon: NormalDist().inv_cdf(1 - epsilon) for epsilon in _EPSILONS}


def at_most(found: int, audits: int, error: float) -> float:
    """The chance that a sample of so many audits finds at most so many wrong answers."""
    if error >= 1 or found >= audits:
        return float(found >= audits)
    odds, term = error / (1 - error), audits * math.log1p(-error)
    top = math.exp(term)
    total = top
    for count in range(1, found + 1):
        top *= odds * (audits - count + 1) / count
        total += top
    return total


def exceeds_interval(found: int, audits: int, error: float, alpha: float) -> bool:
    """Whether an error is above Clopper and Pearson's one-sided upper limit (Biometrika 26, 1934)."""
    spread = math.sqrt(audits * error * (1 - error))
    if found + 0.5 > audits * error - spread:  # less than one spread below the mean is far from rare
        return False
    return at_most(found, audits, error) < alpha


@lru_cache(maxsize=4096)
def interval_needs(found: int, max_error: float, alpha: float) -> int:
    """The fewest audits after which the upper limit is at most `max_error`."""
    low, high = found, max(1, found)
    while at_most(found, high, max_error) > alpha:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if at_most(found, middle, max_error) > alpha else (low, middle)
    return high


@lru_cache(maxsize=1 << 16)
def vcache_explores(audits: int, found: int, max_error: float) -> float:
    """VCache's chance of asking the model (arXiv 2502.03771): the least τ with (1 − τ)·(1 − (1 − ε)·p) ≤ δ.

    p is a lower confidence limit at level 1 − ε on the chance that the cached answer is right. vCache gets it from a
    logistic regression over similarity; here, where there is none, Wilson's limit takes its place. The rule bounds the
    error over all requests, those among them that the model answers.
    """
    return min(_explores(epsilon, audits, found, max_error) for epsilon in _EPSILONS)


def _explores(epsilon: float, audits: int, found: int, max_error: float) -> float:
    right = _wilson_low(audits - found, audits, _QUANTILES[epsilon])
    return max(0.0, 1 - max_error / (1 - (1 - epsilon) * right))


def _wilson_low(hits: int, of: int, z: float) -> float:
    if not of:
        return 0.0
    share = hits / of
    reach = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, (share + z * z / (2 * of) - reach) / (1 + z * z / of))
