"""Amounts: a number with its unit before or after it, such as `€45.00`, `45.00 euro` or `12 km`."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from latm.form.lexicon import CAVEATS, CURRENCIES, LINKS, UNITS
from latm.form.numbers import Digits

_BEFORE = re.compile(r"(?P<sign>[-−]?)(?P<unit>[^\d\s.,+\-−]{1,4})(?P<gap>\s?)(?=[\d.,+\-−])")
_AFTER = re.compile(r"(?<=[0-9])(?P<gap>\s?)(?P<unit>[^\d\s.,][^\d\s]{0,27}(?:\s[^\W\d]{1,12})?)\Z")
_LONGEST = 44
"""Characters of the longest unit, with its space and a digit."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and its unit; the rest says how the unit was written, and does not count.

    Attributes:
        value: the number.
        unit: its sign in `UNITS`, or what is counted, in the singular; empty for none.
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
    units = {unit_of(match["unit"], match["gap"]) for match in (before, after) if match}
    if None in units or len(units) > 1 or (before and not units <= CURRENCIES):
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
    return Amount(value, units.pop() or "", written["unit"], before is not None, written["gap"], number)


def unit_of(spelling: str, gap: str) -> str | None:
    """The sign of a unit, or the singular of a thing that is counted (`12 letters`); None for other words.

    Degrees of nothing in particular are not a unit.
    """
    word = " ".join(spelling.casefold().rstrip(".").split())
    if word in UNITS:
        return UNITS[word]
    is_thing = gap and word.isalpha() and len(word) > 1 and word not in LINKS and word not in CAVEATS
    return _singular(word) if is_thing else None


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("ses", "xes", "ches", "shes")) else word.removesuffix("s")
