"""The two bounds: against the integrals that define them, the design's figures, and how they must move."""

import math
from concurrent.futures import ThreadPoolExecutor

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latm.auditing.bounds import audits_needed, errors_at_most, passes, spent, wrong_at_most

FOUND = st.integers(0, 60)
SHARES = st.floats(0.005, 1)
ALPHAS = st.floats(1e-6, 0.5)
ERRORS = st.floats(0.001, 0.5)


def served(wrong: int, found: int, share: float) -> float:
    """M(w, k), as a hypergeometric series with 30 digits."""
    with mpmath.workdps(30):
        shape = mpmath.mpf(found) + 0.5
        return float(mpmath.hyp2f1(1, wrong, shape + 1, mpmath.mpf(share)) / (2 * shape))


def audited(mean: float, found: int) -> float:
    """m(θ, k) as it is defined, with 30 digits."""
    with mpmath.workdps(30):
        shape, theta = mpmath.mpf(found) + 0.5, mpmath.mpf(mean)
        return float(mpmath.exp(theta) * theta ** (-shape) * mpmath.gammainc(shape, 0, theta) / 2)


@pytest.mark.parametrize(("wrong", "found", "share"), [(74, 0, 0.05), (9, 4, 0.3), (30, 29, 0.9), (400, 1, 0.005)])
def test_the_series_is_the_integral(wrong: int, found: int, share: float) -> None:
    def integrand(x: float) -> float:
        return 0.5 * math.pow(x, found - 0.5) * math.pow(1 - share + share * x, -wrong)

    integral = mpmath.quad(integrand, [0, 1e-6, 1e-3, 0.1, 0.5, 1])
    assert served(wrong, found, share) == pytest.approx(float(integral), rel=1e-3)


@pytest.mark.parametrize(("found", "scaled"), [(0, 3.70), (1, 6.5), (2, 8.65), (10, 22.1)])
def test_wrong_answers_that_audits_leave_possible(found: int, scaled: float) -> None:
    assert 0.05 * wrong_at_most(found, 0.05, 0.05) == pytest.approx(scaled, abs=0.0501)


@pytest.mark.parametrize(("max_error", "needed"), [(0.01, (379, 666, 887)), (0.05, (76, 134, 178))])
def test_audits_that_a_promotion_needs(max_error: float, needed: tuple[int, ...]) -> None:
    assert tuple(audits_needed(found, max_error, 0.05) for found in range(3)) == needed


@settings(max_examples=60, deadline=None)
@given(FOUND, st.floats(0.005, 0.999), ALPHAS)
def test_the_bound_is_the_last_count_below_the_threshold(found: int, share: float, alpha: float) -> None:
    wrong = wrong_at_most(found, share, alpha)
    assert served(wrong, found, share) < 1 / alpha * (1 + 1e-9)
    assert served(wrong + 1, found, share) >= 1 / alpha * (1 - 1e-9)


@settings(max_examples=60, deadline=None)
@given(FOUND, ALPHAS)
def test_the_sum_of_chances_is_the_root(found: int, alpha: float) -> None:
    assert audited(errors_at_most(found, alpha), found) == pytest.approx(1 / alpha, rel=1e-8)


@pytest.mark.parametrize("found", [1_000, 20_000])
def test_large_counts_are_as_exact_as_small_ones(found: int) -> None:
    wrong = wrong_at_most(found, 0.2, 0.05)
    assert served(wrong, found, 0.2) < 20 <= served(wrong + 1, found, 0.2)
    assert audited(errors_at_most(found, 0.05), found) == pytest.approx(20, rel=1e-6)


@given(FOUND, SHARES, ALPHAS)
def test_one_more_wrong_audit_allows_at_least_one_more_wrong_answer(found: int, share: float, alpha: float) -> None:
    assert wrong_at_most(found + 1, share, alpha) >= wrong_at_most(found, share, alpha) + 1


@given(FOUND, SHARES, SHARES, ALPHAS)
def test_more_audits_never_loosen_the_bound(found: int, share: float, other: float, alpha: float) -> None:
    low, high = sorted((share, other))
    assert found <= wrong_at_most(found, high, alpha) <= wrong_at_most(found, low, alpha)


@given(FOUND, SHARES, ALPHAS, ALPHAS)
def test_more_confidence_never_tightens_a_bound(found: int, share: float, alpha: float, other: float) -> None:
    sure, unsure = sorted((alpha, other))
    assert wrong_at_most(found, share, sure) >= wrong_at_most(found, share, unsure)
    assert errors_at_most(found, sure) >= errors_at_most(found, unsure)


@given(FOUND, ALPHAS)
def test_where_all_is_audited_what_was_found_is_all(found: int, alpha: float) -> None:
    assert wrong_at_most(found, 1, alpha) == found
    assert wrong_at_most(found, 1 - 1e-15, max(alpha, 0.001)) == found


@given(FOUND, ERRORS, ALPHAS)
def test_needed_is_the_least_that_passes(found: int, max_error: float, alpha: float) -> None:
    needed = audits_needed(found, max_error, alpha)
    assert passes(needed, found, max_error, alpha)
    assert not passes(needed - 1, found, max_error, alpha)


@given(st.integers(0, 10_000), FOUND, ERRORS, ALPHAS)
def test_passing_is_never_lost_by_a_right_audit_nor_won_by_a_wrong_one(
    audits: int, found: int, max_error: float, alpha: float
) -> None:
    if passes(audits, found, max_error, alpha):
        assert passes(audits + 1, found, max_error, alpha)
    else:
        assert not passes(audits + 1, found + 1, max_error, alpha)


@given(st.lists(st.integers(0, 50), max_size=20), st.floats(0.01, 1))
def test_the_order_in_which_bounds_are_asked_for_changes_nothing(asked: list[int], share: float) -> None:
    first = {found: wrong_at_most(found, share, 0.05) for found in asked}
    assert first == {found: wrong_at_most(found, share, 0.05) for found in sorted(asked)}


def test_threads_may_ask_for_the_same_bound_at_once() -> None:
    with ThreadPoolExecutor(16) as threads:
        asked = list(threads.map(lambda found: wrong_at_most(found % 200, 0.137, 0.05), range(3_200)))
    assert asked == [wrong_at_most(found % 200, 0.137, 0.05) for found in range(3_200)]
    assert asked[:200] == sorted(set(asked[:200]))


def test_all_attempts_together_spend_alpha() -> None:
    first = math.fsum(spent(0.05, attempt) for attempt in range(1, 100_001))
    assert 0.05 * 0.9999 < first < 0.05
