"""Intervals and tests against published values, and what must hold for all of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latm_bench.statistics import _student, clustered, mcnemar, quantile, wilson

CLUSTERS = st.lists(
    st.integers(1, 60).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))), min_size=1, max_size=12
)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_is_as_in_newcombe_1998_table_1(hits: int, of: int, low: float, high: float) -> None:
    rate = wilson(hits, of)
    assert (rate.low, rate.high) == pytest.approx((low, high), abs=5e-5)


def test_of_nothing_nothing_is_known() -> None:
    rate = wilson(0, 0)
    assert (rate.value, rate.low, rate.high) == (None, 0.0, 1.0)


@pytest.mark.parametrize(("hits", "of"), [(3, 2), (-1, 2)])
def test_impossible_counts_are_refused(hits: int, of: int) -> None:
    with pytest.raises(ValueError, match="is not a share"):
        wilson(hits, of)


@given(CLUSTERS)
def test_clusters_never_make_an_interval_narrower(parts: list[tuple[int, int]]) -> None:
    pooled = clustered(parts)
    plain = wilson(sum(hits for hits, _ in parts), sum(of for _, of in parts))
    assert 0.0 <= pooled.low <= plain.low <= plain.high <= pooled.high <= 1.0
    assert pooled.low - 1e-12 <= (pooled.value or 0.0) <= pooled.high + 1e-12


def test_clusters_that_disagree_widen_the_interval_to_what_few_clusters_can_tell() -> None:
    together, apart = clustered([(50, 100)] * 4), clustered([(100, 100), (100, 100), (0, 100), (0, 100)])
    assert together.high - together.low < 0.2
    assert apart.high - apart.low > 0.8


@pytest.mark.parametrize(
    ("freedom", "t"), [(1, 12.706), (2, 4.303), (3, 3.182), (5, 2.571), (14, 2.145), (30, 2.042), (120, 1.980)]
)
def test_students_t_is_as_tabulated(freedom: int, t: float) -> None:
    assert _student(0.95, freedom) == pytest.approx(t, rel=0.01)


@pytest.mark.parametrize(
    ("first", "second", "p"), [(0, 0, 1.0), (1, 7, 0.0703125), (0, 5, 0.0625), (10, 10, 1.0), (863, 3, 0.0)]
)
def test_mcnemar_is_a_sign_test_over_what_differs(first: int, second: int, p: float) -> None:
    pairs = [(True, False)] * first + [(False, True)] * second + [(True, True)] * 9 + [(False, False)] * 2
    test = mcnemar(pairs)
    assert (test.both, test.first, test.second, test.neither) == (9, first, second, 2)
    assert test.p == pytest.approx(p, abs=1e-12)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1), st.floats(0, 1))
def test_a_quantile_is_a_value_that_enough_do_not_exceed(values: list[float], share: float) -> None:
    found = quantile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
