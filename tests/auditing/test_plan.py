"""The plan: what a goal takes."""

from decimal import Decimal

import pytest

from latm.auditing import plan
from latm.auditing.bounds import audits_needed, spent, wrong_at_most
from latm.errors import SettingsError


def test_a_tool_that_never_errs_takes_what_the_bounds_say() -> None:
    best = plan(0.01, 0.95, 0.05, 20_000, tokens=500, cost=Decimal("0.002")).cases[0]
    assert best.audits_to_promote == audits_needed(0, 0.01, spent(0.05, 1))
    assert best.answers_to_bound == wrong_at_most(0, 0.05, 0.05) * 100
    assert best.audits_to_bound == best.answers_to_bound * 0.05
    assert best.tokens == (best.audits_to_promote + best.audits_to_bound) * 500
    assert best.cost == (best.audits_to_promote + best.audits_to_bound) * Decimal("0.002")
    assert best.days_to_bound == best.answers_to_bound / 20_000


def test_a_worse_tool_takes_longer() -> None:
    never, quarter, half = plan(0.01, 0.95, 0.05, 20_000).cases
    assert never.audits_to_promote < quarter.audits_to_promote < half.audits_to_promote
    assert never.answers_to_bound <= quarter.answers_to_bound < half.answers_to_bound


def test_an_unknown_price_stays_unknown() -> None:
    planned = plan(0.01, 0.95, 0.05, 20_000)
    assert (planned.cost_per_day, planned.cases[0].cost, planned.cases[0].tokens) == (None, None, None)


@pytest.mark.parametrize(
    "wrong",
    [{"max_error": 0.0}, {"confidence": 95.0}, {"audit_share": 0.0}, {"per_day": 0.0}, {"attempt": 0}],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    asked = {"max_error": 0.01, "confidence": 0.95, "audit_share": 0.05, "per_day": 20_000} | wrong
    with pytest.raises(SettingsError, match=next(iter(wrong))) as error:
        plan(**asked)  # type: ignore[arg-type]
    assert error.value.hint
