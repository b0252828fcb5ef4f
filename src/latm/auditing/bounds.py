"""What audits prove about errors: two bounds that hold at every moment at once. Pure numbers.

Both are test martingales that are mixed over an alternative, and Ville's inequality (1939): a nonnegative process whose
mean never grows from 1 ever reaches 1/α with probability at most α (Waudby-Smith & Ramdas, arXiv 2010.09686; Howard
et al., arXiv 1810.08240). `docs/explanation/certificates-proof.md` has the derivation.
"""

import math
from array import array
from functools import lru_cache
from threading import Lock

_NEGLIGIBLE = 1e-17
_PRECISION = 1e-14
_STEPS = 100


def wrong_at_most(found: int, share: float, alpha: float) -> int:
    """W*: how many of the answers served can be wrong when audits found so many, whatever the questions were.

    W* = max{w : M(w, k) < 1/α} with M(w, k) = ∫₀¹ ½x^(k−½) (1−π+πx)^(−w) dx.

    Args:
        found: k, audits that found a wrong answer; those without a verdict yet included.
        share: π, the chance in (0, 1] with which each answer was audited, independently of everything else.
        alpha: in (0, 1); the bound may fail, ever, with this probability.

    Returns:
        A count of answers; `found` if all are audited.
    """
    return found if share == 1 else _frontier(share, alpha).ruled_out(found) - 1


class _Frontier:
    """By k, the fewest wrong answers that k audits rule out; the table grows as it is asked.

    The integral I = 2M at (w, k) leads to its neighbours by partial integration. With a = k + ½:
    I(w+1, k) = ((w−a)·I(w, k) + 1) / ((1−π)·w) and I(w+1, k+1) = (a·I(w, k) − 1) / (π·w). On this path all terms are
    positive, or a·I is far above 1, so that nothing cancels. Each entry takes about 1/π steps.
    """

    def __init__(self, share: float, alpha: float) -> None:
        self._share = share
        self._limit = 2 / alpha
        self._wrong = 1
        self._integral = 2 * math.atan(math.sqrt(share / (1 - share))) / math.sqrt(share * (1 - share))
        self._table = array("q")
        self._growing = Lock()

    def ruled_out(self, found: int) -> int:
        """The fewest wrong answers w with M(w, found) ≥ 1/α."""
        if found >= len(self._table):
            with self._growing:
                while found >= len(self._table):
                    self._grow()
        return self._table[found]

    def _grow(self) -> None:
        wrong, integral, shape = self._wrong, self._integral, len(self._table) + 0.5
        if self._table:
            integral = ((shape - 1) * integral - 1) / (self._share * wrong)
            wrong += 1
        while integral < self._limit:
            integral = ((wrong - shape) * integral + 1) / ((1 - self._share) * wrong)
            wrong += 1
        self._wrong, self._integral = wrong, integral
        self._table.append(wrong)


@lru_cache(maxsize=64)
def _frontier(share: float, alpha: float) -> _Frontier:
    return _Frontier(share, alpha)


@lru_cache(maxsize=4096)
def passes(audits: int, found: int, max_error: float, alpha: float) -> bool:
    """Whether the mean error chance of the audited answers is proven to be at most `max_error`: θ*(k, α) ≤ δ·n.

    It may be looked at after every audit.

    Args:
        audits: n, all of them.
        found: k, those that found a wrong answer.
        max_error: δ, in (0, 1).
        alpha: in (0, 1); it may ever pass wrongly with this probability.
    """
    mean, shape, limit = max_error * audits, found + 0.5, 2 / alpha
    return not _is_surely_below(mean, shape, limit) and _integral(mean, shape, limit) >= limit


def _is_surely_below(mean: float, shape: float, limit: float) -> bool:
    """Whether more than the integral is below a limit: a geometric series left of its peak, all of Γ right of it."""
    if mean <= shape:
        return (shape + 1) / (shape * (shape + 1 - mean)) < limit
    return mean - shape * math.log(mean) + math.lgamma(shape) < math.log(limit)


def _integral(mean: float, shape: float, limit: float = math.inf) -> float:
    """2m(θ, k) = e^θ θ^(−a) γ(a, θ) = Σ θ^j / (a(a+1)…(a+j)) with a = k + ½; summed up to a limit."""
    term = total = 1 / shape
    while total < limit and term > total * _NEGLIGIBLE:
        shape += 1
        term *= mean / shape
        total += term
    return total


@lru_cache(maxsize=4096)
def errors_at_most(found: int, alpha: float) -> float:
    """θ*: what the error chances of the audited answers sum to at most, θ*(k, α) = sup{θ : m(θ, k) < 1/α}.

    Newton's method on log m, which grows and is convex in θ: from the right of the root it comes down to it.

    Args:
        found: k, audits that found a wrong answer.
        alpha: in (0, 1); the bound may ever fail with this probability.
    """
    shape, limit = found + 0.5, 2 / alpha
    mean = shape + 3 * math.sqrt(shape) + 3
    for _ in range(_STEPS):
        integral = _integral(mean, shape)
        step = math.log(integral / limit) / (1 - shape / mean + 1 / (mean * integral))
        mean -= step
        if abs(step) <= _PRECISION * mean:
            break
    return mean


def audits_needed(found: int, max_error: float, alpha: float) -> int:
    """The fewest audits with which `passes` is true when so many found a wrong answer."""
    audits = round(errors_at_most(found, alpha) / max_error)
    while passes(audits - 1, found, max_error, alpha):
        audits -= 1
    while not passes(audits, found, max_error, alpha):
        audits += 1
    return audits


def spent(alpha: float, attempt: int) -> float:
    """α_e = 6α/(π²e²) for the e-th attempt of a task: all attempts together spend α, however many there will be.

    Args:
        alpha: what the task may spend.
        attempt: e, from 1.
    """
    return 6 * alpha / (math.pi * attempt) ** 2
