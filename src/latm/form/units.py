"""Amounts: a number with its unit before or after it, such as `€45.00`, `45.00 euro` or `12 km`."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from latm.form.lexicon import UNITS
from latm.form.numbers import Digits

_BEFORE = re.compile(r"(?P<sign>[-−]?)(?P<unit>[^\d\s.,+\-−]{1,4})(?P<gap>\s?)(?=[\d.,+\-−])")
_AFTER = re.compile(r"(?<=[0-9])(?P<gap>\s?)(?P<unit>[^\d\s.,][^\d\s]{0,13})\Z")
_LONGEST = 16
"""Characters of the longest unit, with its space and a digit."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and its unit; the rest says how the unit was written, and does not count.

    Attributes:
        value: the number.
        unit: its sign in `UNITS`; empty for none.
        spelling: the unit as it was written.
        is_first: whether it was written before the number.
        gap: what stood between the two.
        number: the number as it was written.
    """

    value: Decimal
    unit: str = ""
    spelling: str = field(default="", compare=False)
    is_first: bool = field(default=False, compare=False)
    gap: str = field(default="", compare=False)
    number: str = field(default="", compare=False)


def read_amount(digits: Digits, text: str) -> Amount | None:
    """The amount that a text is; None for a text with anything else in it, or with two different units."""
    text = text.strip().removesuffix(".")
    before, after = _BEFORE.match(text), _AFTER.search(text, max(0, len(text) - _LONGEST))
    signs = {UNITS.get(match["unit"].casefold().rstrip(".")) for match in (before, after) if match}
    if len(signs) > 1 or None in signs:
        return None
    number = text[: after.start()] if after else text
    if before:
        number = before["sign"] + number[before.end() :]
    value = digits.read(number)
    if value is None:
        return None
    written = before or after
    if written is None:
        return Amount(value, number=number)
    return Amount(value, str(signs.pop()), written["unit"], before is not None, written["gap"], number)
