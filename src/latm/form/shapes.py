"""Shapes: the kinds of content that an answer can have. Each reads it from a text, compares it, and prints it again."""

# ruff: noqa: D102  the protocol says what each method does
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

from latm.form.lexicon import UNITS
from latm.form.numbers import Digits
from latm.form.structured import Layout, differing, follows, read_json, settled
from latm.form.units import Amount, read_amount

_DIGITS = Digits()
_LAYOUT = Layout()


_LONGEST_CODE = 60


def folded(text: str) -> str:
    """A text by which letter case, white space and a final full stop do not count."""
    return " ".join(text.split()).rstrip(".").casefold()


class Shape(Protocol):
    """One kind of content.

    Attributes:
        name: as the command line has it.
        is_worded: whether texts that differ in case, white space and a final full stop alone are the same in any case.
        is_free: whether it reads any text, refusals among them.
    """

    name: ClassVar[str]
    is_worded: ClassVar[bool]
    is_free: ClassVar[bool]

    def read(self, text: str) -> Any:
        """The content of a text, None where it has none of this shape."""

    def equal(self, one: Any, other: Any) -> bool:
        """Whether two contents are the same."""

    def printed(self, content: Any) -> str:
        """The text of a content, in the way that is commonest."""

    def described(self) -> str:
        """One or two sentences on how to print it; empty where there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Exact:
    """Any text, to the letter."""

    name: ClassVar[str] = "exact"
    is_worded: ClassVar[bool] = False
    is_free: ClassVar[bool] = False

    def read(self, text: str) -> str:
        return text

    def equal(self, one: str, other: str) -> bool:
        return one == other

    def printed(self, content: str) -> str:
        return content

    def described(self) -> str:
        return "The answer counts to the letter, white space and letter case included."


@dataclass(frozen=True, slots=True)
class Folded:
    """Any text; letter case, white space and a final full stop do not count."""

    name: ClassVar[str] = "folded"
    is_worded: ClassVar[bool] = True
    is_free: ClassVar[bool] = True

    def read(self, text: str) -> str | None:
        return text.strip() or None

    def equal(self, one: str, other: str) -> bool:
        return folded(one) == folded(other)

    def printed(self, content: str) -> str:
        return content

    def described(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Label:
    """One of a few texts that come again and again, such as yes and no.

    Attributes:
        labels: as they are printed.
        is_open: whether there may be others, which were not seen yet.
    """

    labels: tuple[str, ...] = ()
    is_open: bool = False
    name: ClassVar[str] = "label"
    is_worded: ClassVar[bool] = True
    is_free: ClassVar[bool] = True

    def read(self, text: str) -> str | None:
        key = folded(text)
        return next((label for label in self.labels if folded(label) == key), None)

    def equal(self, one: str, other: str) -> bool:
        return folded(one) == folded(other)

    def printed(self, content: str) -> str:
        return content

    def described(self) -> str:
        others = ", or another of their kind" if self.is_open else ""
        return f"The answer is one of these{others}: {', '.join(self.labels)}."


def signature(text: str) -> str:
    """What a word looks like: digits as 9, runs of letters as a, other signs as they are."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"[0-9]", "9", text.strip().removesuffix(".")))


def outline(text: str) -> str:
    """What a word looks like, however many digits its numbers have."""
    return re.sub(r"9+", "9…", signature(text))


@dataclass(frozen=True, slots=True)
class Code:
    """One word of letters, digits and signs: a date, a time, a number of a part.

    Attributes:
        patterns: what it looks like, by `signature` or `outline`.
    """

    patterns: tuple[str, ...] = ()
    name: ClassVar[str] = "code"
    is_worded: ClassVar[bool] = True
    is_free: ClassVar[bool] = False

    def read(self, text: str) -> str | None:
        code = text.strip().removesuffix(".")
        is_known = len(code) <= _LONGEST_CODE and not {signature(code), outline(code)}.isdisjoint(self.patterns)
        return code if is_known else None

    def equal(self, one: str, other: str) -> bool:
        return folded(one) == folded(other)

    def printed(self, content: str) -> str:
        return content

    def described(self) -> str:
        looks = " or ".join(self.patterns)
        meaning = "where 9 stands for a digit, 9… for one or more, and a for letters"
        return f"The answer is one word that looks like {looks}, {meaning}."


@dataclass(frozen=True, slots=True)
class Number:
    """One number, with or without its unit.

    Attributes:
        digits: how it is written.
        unit: the unit that a bare number has, by its sign in `UNITS`; empty where answers have none, or different ones.
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
    is_worded: ClassVar[bool] = True
    is_free: ClassVar[bool] = False

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


_OPTION = re.compile(
    r"(?:option\s+)?(?P<open>[(\[]?)(?P<letter>[A-Za-z])(?P<close>[)\].:]?)(?P<text>\s+\S[^\n]{0,500})?", re.IGNORECASE
)


_SECOND = re.compile(r"^\s+(?:or|and|not|but|is|unless|if)\b|[(\[][A-Za-z][)\]]", re.IGNORECASE)
"""After a letter: a second option, or a remark on the first."""


@dataclass(frozen=True, slots=True)
class Option:
    """The letter of an option: `(B)`, `B`, `b)` and `(B) its text` say the same.

    Attributes:
        opened, closed: what stands around the letter where it is printed.
        is_upper: whether it is printed as a capital.
    """

    opened: str = "("
    closed: str = ")"
    is_upper: bool = True
    name: ClassVar[str] = "option"
    is_worded: ClassVar[bool] = True
    is_free: ClassVar[bool] = False

    def read(self, text: str) -> str | None:
        match = _OPTION.fullmatch(re.sub(r"([)\]])\.\Z", r"\1", text.strip()))
        if match is None or (match["text"] and (not match["close"] or _SECOND.search(match["text"]))):
            return None
        return match["letter"].upper()

    def equal(self, one: str, other: str) -> bool:
        return one == other

    def printed(self, content: str) -> str:
        return f"{self.opened}{content if self.is_upper else content.lower()}{self.closed}"

    def described(self) -> str:
        return f"The answer is the letter of one option, written as {self.printed('A')}."


@dataclass(frozen=True, slots=True)
class Json:
    """A JSON object or array, by value.

    Attributes:
        layout: how it is printed.
        fields: the fields that count, and that must be there; none: all of them.
        schema: a JSON Schema as text, which valid answers follow; empty: any.
    """

    layout: Layout = _LAYOUT
    fields: tuple[str, ...] = ()
    schema: str = ""
    name: ClassVar[str] = "json"
    is_worded: ClassVar[bool] = False
    is_free: ClassVar[bool] = False

    def read(self, text: str) -> Any:
        try:
            value = read_json(text)
        except ValueError:
            return None
        is_wanted = isinstance(value, dict | list) and all(name in value for name in self.fields)
        return value if is_wanted and (not self.schema or follows(value, json.loads(self.schema))) else None

    def equal(self, one: Any, other: Any) -> bool:
        return not self.differing(one, other)

    def differing(self, one: Any, other: Any) -> list[str]:
        """The fields in which two values differ."""
        return differing(self._counted(one), self._counted(other))

    def _counted(self, value: Any) -> Any:
        if self.fields and isinstance(value, Mapping):
            value = {name: value[name] for name in self.fields}
        return settled(value)

    def printed(self, content: Any) -> str:
        return self.layout.written(content)

    def described(self) -> str:
        fields = f" with the fields {', '.join(self.fields)}" if self.fields else ""
        schema = f" It follows this JSON Schema: {self.schema}" if self.schema else ""
        return f"The answer is JSON{fields}; the order of keys and white space do not count.{schema}"


_BULLET = re.compile(r"\s*(?:[-*•–]|[0-9]{1,6}[.)])\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Lines:
    """Several lines, compared line by line; letter case, spaces at the ends of a line, and bullets do not count.

    Attributes:
        separator: what stands between the cells of a line, which are compared one by one, numbers by value; or empty.
        bullet: what is printed before each line; `1. ` counts on.
    """

    separator: str = ""
    bullet: str = ""
    name: ClassVar[str] = "lines"
    is_worded: ClassVar[bool] = False
    is_free: ClassVar[bool] = True

    def read(self, text: str) -> tuple[str, ...] | None:
        lines = [line.rstrip() for line in text.strip().splitlines()]
        bullets = [match for line in lines if (match := _BULLET.match(line))]
        if bullets and len(bullets) == len([line for line in lines if line]):
            lines = [line[match.end() :] for line, match in zip(filter(None, lines), bullets, strict=True)]
        if len(lines) > 1 and not any(line.endswith(".") for line in lines[:-1]):
            lines[-1] = lines[-1].removesuffix(".").rstrip()
        return tuple(lines) or None

    def equal(self, one: tuple[str, ...], other: tuple[str, ...]) -> bool:
        return len(one) == len(other) and all(map(self._line_equal, one, other))

    def _line_equal(self, one: str, other: str) -> bool:
        if one == other:
            return True
        if not self.separator:
            return folded(one) == folded(other) and _indent(one) == _indent(other)
        cells, others = one.split(self.separator), other.split(self.separator)
        return len(cells) == len(others) and all(map(_cell_equal, cells, others))

    def printed(self, content: tuple[str, ...]) -> str:
        if self.bullet.startswith("1"):
            return "\n".join(f"{number}{self.bullet[1:]}{line}" for number, line in enumerate(content, 1))
        return "\n".join(self.bullet + line for line in content)

    def described(self) -> str:
        cells = f", with cells set apart by {self.separator!r}" if self.separator else ""
        bullet = f", each after {self.bullet!r}" if self.bullet else ""
        return f"The answer has one line for each item{cells}{bullet}; their order counts."


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def bullet_of(text: str) -> str:
    """What stands before each line of a list; empty for none."""
    match = _BULLET.match(text)
    return re.sub(r"[0-9]+", "1", match[0]) if match else ""


def _cell_equal(one: str, other: str) -> bool:
    if folded(one) == folded(other):
        return True
    value, wanted = _DIGITS.read(one), _DIGITS.read(other)
    return value is not None and value == wanted


SHAPES: Mapping[str, type[Shape]] = {
    shape.name: shape for shape in (Exact, Folded, Label, Code, Number, Option, Json, Lines)
}
