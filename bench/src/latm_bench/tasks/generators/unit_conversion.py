"""Unit conversion: a quantity in another unit, by a stated factor and to a stated number of decimals."""

import random
from decimal import Decimal
from fractions import Fraction

from latm import Instance

NAME = "unit_conversion"
FACTORS = (
    ("mi", "1.609344", "km"),
    ("in", "2.54", "cm"),
    ("ft", "0.3048", "m"),
    ("lb", "0.45359237", "kg"),
    ("oz", "28.35", "g"),
    ("gal", "3.785", "l"),
    ("acre", "0.4047", "ha"),
    ("bar", "14.504", "psi"),
    ("kWh", "3.6", "MJ"),
    ("hp", "0.7355", "kW"),
)


def generate(rng: random.Random) -> Instance:
    """Draw a quantity, a pair of units, which way to convert, and the decimals to round to."""
    large, factor, small = rng.choice(FACTORS)
    quantity = Decimal(rng.randint(1, 99_999)).scaleb(-rng.randint(0, 2))
    decimals = rng.randint(1, 3)
    forwards = rng.random() < 0.5  # noqa: PLR2004  # a fair coin
    one, other = (large, small) if forwards else (small, large)
    exact = Fraction(quantity) * (Fraction(factor) if forwards else 1 / Fraction(factor))
    question = (
        f"Convert {quantity} {one} to {other}. Use 1 {large} = {factor} {small}. Round half up to exactly {decimals} "
        f"decimal{'s' if decimals > 1 else ''}. Answer with the number only, without the unit."
    )
    return Instance(question, answer=_rounded(exact, decimals), task=NAME)


def _rounded(exact: Fraction, decimals: int) -> str:
    """Round half up, in whole units of the last decimal, so that the arithmetic stays exact."""
    units = (2 * exact * 10**decimals + 1) // 2
    return str(Decimal(units).scaleb(-decimals))
