"""Numbers as answers: read by value, equal at the precision shown, printed with the digits of their form.

Nothing here goes through binary floating point: a value is a `Decimal`, exact at any length.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

_NUMBER = re.compile(
    r"(?P<sign>[+\-−]?)(?P<body>[0-9][0-9.,'’\u0020\u00a0\u2009\u202f]*|[.,][0-9]+)(?P<power>[eE][+-]?[0-9]{1,18})?",
)
_BODY = re.compile(r"[0-9]+|[^0-9]")
_MOST_DIGITS = 2_000
"""Beyond so many digits or powers of ten, values are compared exactly and never rounded."""
_FEWEST = 3
"""So many examples at least settle a number of digits."""
_EXACT = Context(prec=3 * _MOST_DIGITS, rounding=ROUND_HALF_EVEN)
_THOUSAND = 3
_SHARE = 0.8
"""The share of examples that settles a question of style; the rest may be wrong or written carelessly."""
_LONG = 6
"""So many digits in a row speak of a number of significant digits rather than of decimals."""


@dataclass(frozen=True, slots=True)
class Digits:
    """How numbers of a form are written.

    Attributes:
        decimals: digits after the decimal mark; None if the examples show no such number.
        significant: significant digits; None if the examples show no such number.
        padded: whether `decimals` is kept by zeros at the end, as in `45.00`.
        mark: the decimal mark, `.` or `,`; empty if the examples mix both.
        grouping: what stands between thousands; empty for nothing.
    """

    decimals: int | None = None
    significant: int | None = None
    padded: bool = False
    mark: str = "."
    grouping: str = ""

    @property
    def is_evident(self) -> bool:
        """Whether any example shows how to print a number: whole ones in the plainest writing."""
        return not self.decimals and not self.significant and self.mark == "." and not self.grouping

    def read(self, text: str) -> Decimal | None:
        """The value of a text that is a number and nothing else; None for any other text, infinity and NaN."""
        match = _NUMBER.fullmatch(text.strip().removesuffix("."))
        plain = self._plain(match["body"]) if match else None
        if match is None or plain is None:
            return None
        sign = "-" if match["sign"] in {"-", "−"} else ""
        try:
            return Decimal(f"{sign}{plain}{match['power'] or ''}")
        except InvalidOperation:  # an exponent beyond the decimal module's own bounds
            return None

    def _plain(self, body: str) -> str | None:
        """The digits with a point as decimal mark and without grouping."""
        if body.isdigit():
            return body
        parts = _BODY.findall(body)
        digits, signs = parts[::2], parts[1::2]
        if body[0] in ".,":
            return f"0.{body[1:]}"
        if len(digits) != len(signs) + 1 or not all(map(str.isdigit, digits)) or any(map(str.isdigit, signs)):
            return None
        kinds = set(signs)
        if len(kinds) > 1:
            return _mixed(digits, signs)
        if len(signs) == 1 and signs[0] in ".,":
            return self._single(digits[0], signs[0], digits[1])
        return "".join(digits) if _grouped(digits) and " " not in kinds else None

    def _single(self, head: str, sign: str, tail: str) -> str | None:
        """One point or comma: a decimal mark, unless it can group thousands and the form's mark is the other one."""
        if not _grouped([head, tail]) or sign == self.mark:
            return f"{head}.{tail}"
        if self.mark or (self.decimals is not None and self.decimals < len(tail)):
            return head + tail
        return None

    def equal(self, one: Decimal, other: Decimal) -> bool:
        """Whether two values are equal at the precision shown: half a unit in the last place apart at most.

        Whole numbers are equal only if they are the same number: rounding to them is never taken for granted.
        """
        if one == other:
            return True
        if not (_is_short(one) and _is_short(other)) or (_is_whole(one) and _is_whole(other)):
            return False
        unit = self._unit(one, other)
        return unit is not None and _EXACT.multiply(_EXACT.abs(_EXACT.subtract(one, other)), Decimal(2)) <= unit

    def _unit(self, one: Decimal, other: Decimal) -> Decimal | None:
        """One unit in the last place shown."""
        if self.decimals:
            return Decimal(1).scaleb(-self.decimals)
        if self.significant and one and other:
            return Decimal(1).scaleb(min(one.adjusted(), other.adjusted()) - self.significant + 1)
        return None

    def printed(self, value: Decimal) -> str:
        """The value with the digits, the mark and the grouping of the form."""
        value = self.rounded(value)
        if not _is_short(value):
            return str(value) if abs(value.adjusted()) > _digits(value) else f"{value:f}"
        whole, _, fraction = f"{abs(value):f}".partition(".") if value else ("0", "", "")
        fraction = fraction.rstrip("0")
        if self.padded and self.decimals:
            fraction = fraction.ljust(self.decimals, "0")
        if self.grouping:
            whole = re.sub(r"(?<=[0-9])(?=(?:[0-9]{3})+\Z)", self.grouping, whole)
        mark = (self.mark or ".") if fraction else ""
        return f"{'-' if value < 0 else ''}{whole}{mark}{fraction}"

    def rounded(self, value: Decimal) -> Decimal:
        """The value at the precision shown, halves to even."""
        if not _is_short(value) or _is_whole(value):
            return value
        if self.decimals:
            return value.quantize(Decimal(1).scaleb(-self.decimals), context=_EXACT)
        if self.significant:
            return Context(prec=self.significant, rounding=ROUND_HALF_EVEN).plus(value)
        return value

    def described(self) -> str:
        """One sentence that says how many digits to print."""
        mark = f", with {self.mark!r} as decimal mark" if self.mark == "," else ""
        grouping = f", thousands set apart by {self.grouping!r}" if self.grouping else ""
        if self.decimals:
            kept = "" if self.padded else ", without zeros at the end"
            how = f"printed with {self.decimals} decimal{'s' if self.decimals > 1 else ''}{kept}"
        elif self.significant:
            how = f"printed with {self.significant} significant digits, without zeros at the end"
        else:
            how = "printed exactly, without zeros at the end"
        return f"The answer is a number, {how}{mark}{grouping}."


def _grouped(digits: Sequence[str]) -> bool:
    """Whether these groups of digits can be thousands, millions and so on, in the Indian way too."""
    head, *middle, last = digits
    return (
        head[0] != "0"
        and len(head) <= _THOUSAND == len(last)
        and all(len(part) in {_THOUSAND - 1, _THOUSAND} for part in middle)
    )


def _mixed(digits: Sequence[str], signs: Sequence[str]) -> str | None:
    """Two signs: the last one is the decimal mark, the other groups thousands."""
    *groups, mark = signs
    if mark not in ".," or len(set(groups)) > 1 or mark in groups or not _grouped(digits[:-1]):
        return None
    return f"{''.join(digits[:-1])}.{digits[-1]}"


def _digits(value: Decimal) -> int:
    return len(value.as_tuple().digits)


def _is_short(value: Decimal) -> bool:
    return abs(value.adjusted()) <= _MOST_DIGITS and _digits(value) <= _MOST_DIGITS


def _is_whole(value: Decimal) -> bool:
    """Whether it is a whole number. For values of a bounded size only."""
    return value == value.to_integral_value(context=_EXACT)


def find_digits(texts: Sequence[str]) -> Digits:
    """How these numbers are written: mark and grouping first, since they decide how a number is read."""
    mark, grouping = _find_signs(texts)
    values = [value for text in texts if (value := Digits(mark=mark).read(text)) is not None and _is_short(value)]
    fractions = [value for value in values if _places(value) > 0]
    are_whole = all(map(_is_whole, fractions)) and len(fractions) < _SHARE * len(values)
    if are_whole or len(fractions) < _FEWEST or len(fractions) < len(values) / 4:
        return Digits(mark=mark, grouping=grouping)
    places = [_places(value) for value in fractions]
    decimals, decimals_reached = _top(places)
    significant, significant_reached = _top([_digits(value.normalize(_EXACT)) for value in fractions])
    is_long = significant is not None and significant >= _LONG
    if is_long and (significant_reached > decimals_reached or min(places) >= _LONG):
        return Digits(significant=significant, mark=mark, grouping=grouping)
    zeros = sum(value.as_tuple().digits[-1] == 0 for value in fractions)
    padded = decimals is not None and zeros >= sum(_places(value) < decimals for value in values)
    return Digits(decimals=decimals, padded=padded, mark=mark, grouping=grouping)


def _find_signs(texts: Sequence[str]) -> tuple[str, str]:
    """The decimal mark, empty if both are in use, and the sign between thousands if large numbers have one."""
    marks: Counter[str] = Counter()
    groupings: Counter[str] = Counter()
    for text in texts:
        signs = [sign for sign in text if sign in ".,'’\u00a0\u2009\u202f"]
        if not (match := _NUMBER.fullmatch(text)) or match["power"]:
            continue
        digits = re.split(r"[^0-9]", match["body"])
        if len(set(signs)) > 1 or (len(signs) == 1 and not _grouped(digits)):
            marks[signs[-1]] += 1
        if len(signs) > 1 or (len(signs) == 1 and _grouped(digits)):
            groupings[signs[0]] += 1
        elif len(digits[0]) > _THOUSAND:
            groupings[""] += 1
    commas, points = marks[","], marks["."]
    mark = "," if commas > 9 * points else "" if commas * 9 > points else "."
    grouping = groupings.most_common(1)[0][0] if groupings else ""
    return mark, "" if grouping == (mark or ".") else grouping


def _top(counts: Sequence[int]) -> tuple[int | None, int]:
    """The number of digits at which most examples stop, if hardly any shows more, and how many stop there."""
    top, often = Counter(counts).most_common(1)[0]
    at_most = sum(count <= top for count in counts)
    stands = often >= _FEWEST and often >= 0.7 * len(counts) and at_most >= _SHARE * len(counts)
    return (top, often) if stands else (None, 0)


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0
