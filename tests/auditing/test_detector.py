"""The detector: what it looks for, and that it waits at least as long for nothing as was asked."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latm.auditing.detector import evidence, fresh, levels, step


@pytest.mark.parametrize(
    ("max_error", "looked_for"),
    [(0.001, (0.003, 0.03, 0.05, 0.1, 0.2, 0.5)), (0.01, (0.03, 0.05, 0.1, 0.2, 0.5)), (0.05, (0.1, 0.2, 0.5))],
)
def test_only_levels_above_the_goal_are_looked_for(max_error: float, looked_for: tuple[float, ...]) -> None:
    assert levels(max_error) == looked_for


@given(st.floats(0.0001, 0.9999))
def test_a_tool_that_never_errs_never_raises_suspicion_for_long(max_error: float) -> None:
    scores = fresh(max_error)
    for _ in range(50):
        scores = step(scores, max_error, wrong=False)
    assert all(later <= 50 for later in scores)


@given(st.lists(st.booleans(), max_size=50), st.floats(0.001, 0.6))
def test_a_wrong_answer_raises_it_more_than_a_right_one(verdicts: list[bool], max_error: float) -> None:
    scores = fresh(max_error)
    for wrong in verdicts:
        scores = step(scores, max_error, wrong=wrong)
    assert evidence(step(scores, max_error, wrong=True)) > evidence(step(scores, max_error, wrong=False))


def test_the_mean_time_to_a_false_alarm_is_at_least_the_threshold() -> None:
    rng, threshold, runs, waited = random.Random(7), 40, 300, 0
    for _ in range(runs):
        scores = fresh(0.05)
        while evidence(scores) < threshold:
            scores = step(scores, 0.05, wrong=rng.random() < 0.05)
            waited += 1
    assert waited / runs >= threshold
