"""The shape of numbers, with or without a unit."""

# ruff: noqa: D102  the base class says what each method does
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from latm.form.lexicon import UNITS
from latm.form.numbers import Digits, find_digits
from latm.form.shape import Content, Shape
from latm.form.units import Amount, read_amount

_DIGITS = Digits()
_MOST_DECIMALS = 1_000
_ONE_UNIT = 0.9
"""The share of units that must be one and the same: another one may be a wrong answer."""


@dataclass(frozen=True, slots=True)
class Number(Shape):
    """One number, with or without its unit.

    Attributes:
        digits: how it is written.
        unit: the unit that a bare number has, by its sign in `UNITS`; empty if answers have none, or different ones.
        is_mixed: whether answers have different units, so that a number without one is another answer.
        spelling: how that unit is printed; empty: not at all.
        is_first: whether a unit is printed before the number.
        gap: what is printed between the two.
    """

    digits: Digits = _DIGITS
    unit: str = ""
    is_mixed: bool = False
    spelling: str = ""
    is_first: bool = False
    gap: str = " "
    name: ClassVar[str] = "number"
    asked_as: ClassVar[tuple[str, ...]] = (
        "`number`",
        "`number:2` (decimals)",
        "`number:10s` (significant digits)",
    )
    is_sought: ClassVar[bool] = True
    is_worded: ClassVar[bool] = True

    def read(self, text: str) -> Amount | None:
        amount = read_amount(self.digits, text)
        return replace(amount, unit=self.unit) if amount and not amount.unit else amount

    def equal(self, one: Amount, other: Amount) -> bool:
        units = {one.unit, other.unit}
        is_counted_thing = "" in units and not self.is_mixed and (units - {""}).isdisjoint(UNITS.values())
        return (len(units) == 1 or is_counted_thing) and self.digits.equal(one.value, other.value)

    def printed(self, content: Amount) -> str:
        number = self.digits.printed(content.value)
        spelling = self.spelling if content.unit == self.unit else content.spelling
        if not spelling:
            return number
        return f"{spelling}{self.gap}{number}" if self.is_first else f"{number}{self.gap}{spelling}"

    def described(self) -> str:
        place = "before" if self.is_first else "after"
        printed = f"printed as {self.spelling!r} {place} the number" if self.spelling else "which is not printed"
        return self.digits.described() + (f" Its unit is {self.unit}, {printed}." if self.unit else "")

    @classmethod
    def asked(cls, detail: str) -> Self:
        return cls(_digits_asked(detail)) if detail else cls()

    def settled(self, contents: Sequence[Content]) -> Shape:
        digits = find_digits([content.value.number for content in contents])
        unit = _unit(contents)
        if not unit:
            return replace(self, digits=digits, is_mixed=unit is None)
        amounts = [content.value for content in contents if content.value.unit in {unit, ""}]
        looks = Counter((amount.spelling, amount.is_first, amount.gap) for amount in amounts)
        spelling, is_first, gap = looks.most_common(1)[0][0]
        return replace(self, digits=digits, unit=unit, spelling=spelling, is_first=is_first, gap=gap)

    def fitted(self, contents: Sequence[Content]) -> Shape:
        unit = _unit(contents)
        return replace(self, unit=unit or "", is_mixed=unit is None)


def _unit(contents: Sequence[Content]) -> str | None:
    """The unit that nearly all numbers with a unit have; empty if none has one, None if they differ."""
    units = Counter(content.value.unit for content in contents if content.value.unit)
    if not units:
        return ""
    unit, count = units.most_common(1)[0]
    return unit if count >= _ONE_UNIT * units.total() else None


def _digits_asked(detail: str) -> Digits:
    count = detail.removesuffix("s")
    if not (count.isascii() and count.isdigit() and len(count) < _MOST_DECIMALS and 0 < int(count) <= _MOST_DECIMALS):
        raise ValueError(f"{detail!r} is not a number of digits from 1 to {_MOST_DECIMALS}")
    return Digits(significant=int(count)) if detail.endswith("s") else Digits(decimals=int(count), padded=True)
