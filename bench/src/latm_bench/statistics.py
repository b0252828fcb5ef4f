"""Intervals on rates and paired comparisons; small formulas, each with its source."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of something counted, with its interval.

    Attributes:
        hits: how many of them.
        of: how many there were; 0: nothing is known.
        low: lower end of the interval; 0 if nothing is known.
        high: upper end; 1 if nothing is known.
    """

    hits: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        """The share; None of nothing."""
        return self.hits / self.of if self.of else None


def wilson(hits: int, of: int, *, confidence: float = CONFIDENCE) -> Rate:
    """Wilson's score interval (Wilson, Journal of the American Statistical Association 22, 1927).

    Args:
        hits: successes.
        of: independent trials.
        confidence: of the two-sided interval.

    Raises:
        ValueError: there are more successes than trials, or fewer than none.
    """
    if not 0 <= hits <= of:
        raise ValueError(f"{hits} of {of} is not a share")
    low, high = _wilson(hits / of, of, _quantile(confidence)) if of else (0.0, 1.0)
    return Rate(hits, of, low, high)


def clustered(parts: Iterable[tuple[int, int]], *, confidence: float = CONFIDENCE) -> Rate:
    """The interval of a pooled share whose trials come in clusters, such as the questions of several tasks.

    The variance is that of a ratio over clusters drawn at random (Cochran, Sampling Techniques, 1977, section 3.12).
    Wilson's interval is taken at the sample size that this variance amounts to, with Student's t for few clusters
    (Korn & Graubard, Survey Methodology 24, 1998; Dean & Pagano, Journal of Survey Statistics and Methodology 3, 2015).
    It is never narrower than without clusters. If all trials succeed, or none, clusters cannot be seen to differ,
    and the plain interval stands.

    Args:
        parts: successes and trials of each cluster; clusters without trials do not count.
        confidence: of the two-sided interval.
    """
    counted = [(hits, of) for hits, of in parts if of]
    hits, of = sum(hits for hits, _ in counted), sum(of for _, of in counted)
    plain = wilson(hits, of, confidence=confidence)
    if len(counted) < 2 or hits in {0, of}:  # noqa: PLR2004  # two clusters are the fewest that vary
        return plain
    share, count = hits / of, len(counted)
    variance = count / (count - 1) * sum((one - share * many) ** 2 for one, many in counted) / of**2
    effective = min(float(of), share * (1 - share) / variance) if variance else float(of)
    low, high = _wilson(share, effective, _student(confidence, count - 1))
    return Rate(hits, of, min(low, plain.low), max(high, plain.high))


def _wilson(share: float, size: float, z: float) -> tuple[float, float]:
    middle = share + z * z / (2 * size)
    reach = z * math.sqrt(share * (1 - share) / size + z * z / (4 * size * size))
    scale = 1 + z * z / size
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)


def _quantile(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _student(confidence: float, freedom: int) -> float:
    """Student's t (Abramowitz & Stegun, 26.7): exactly for one and two degrees of freedom, else by its expansion."""
    if freedom == 1:
        return math.tan(math.pi * confidence / 2)
    if freedom == 2:  # noqa: PLR2004  # its own closed form
        return confidence * math.sqrt(2 / (1 - confidence**2))
    z = _quantile(confidence)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return math.fsum(term / freedom**power for power, term in enumerate(terms))


@dataclass(frozen=True, slots=True)
class Paired:
    """Two systems on the same instances.

    Attributes:
        both: instances that both got right.
        first: that only the first got right.
        second: that only the second got right.
        neither: that neither got right.
        p: two-sided probability of a difference at least as large were there none.
    """

    both: int
    first: int
    second: int
    neither: int
    p: float


def mcnemar(pairs: Iterable[tuple[bool, bool]]) -> Paired:
    """McNemar's exact test (McNemar, Psychometrika 12, 1947): a sign test over the instances on which they differ.

    Args:
        pairs: whether the first was right, and whether the second was, for each instance.
    """
    counted = list(pairs)
    both, neither = counted.count((True, True)), counted.count((False, False))
    first, second = counted.count((True, False)), counted.count((False, True))
    differ, fewer = first + second, min(first, second)
    tail = sum(math.comb(differ, count) for count in range(fewer + 1))
    return Paired(both, first, second, neither, min(1.0, 2 * tail / 2**differ))


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("there is no quantile of nothing")
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]
