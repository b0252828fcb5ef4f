"""What a batch adds up to."""

from decimal import Decimal

import pytest

from latm.batch.totals import Saving, saving
from latm.ledger import Usage

DIRECT = Usage(calls=2, input_tokens=150, output_tokens=50, cost=Decimal("0.2"))
SAVINGS = [
    (10, Usage(3, 200, 100, Decimal("0.3")), DIRECT, Saving(700.0, Decimal("0.7"), 0.7)),
    (1, Usage(2, 150, 50, Decimal("0.2")), DIRECT, Saving(-100.0, Decimal("-0.1"), -1.0)),
    (10, Usage(3, 200, 100, None), DIRECT, Saving(700.0, None, 0.7)),
    (10, Usage(), Usage(), Saving()),
    (0, Usage(), DIRECT, Saving()),
]


@pytest.mark.parametrize(("questions", "spent", "direct", "expected"), SAVINGS)
def test_the_saving_is_against_the_mean_direct_answer(
    questions: int, spent: Usage, direct: Usage, expected: Saving
) -> None:
    assert saving(questions, spent, direct) == expected
    assert saving(questions, spent, direct, "reasoned").style == "reasoned"
