"""The shapes of answers with parts: JSON, and lines."""

# ruff: noqa: D102  the base class says what each method does
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from latm.form.numbers import Digits
from latm.form.shape import Content, Shape, folded
from latm.form.structured import Layout, differing, follows, read_json, settled

_DIGITS = Digits()
_LAYOUT = Layout()
_LAYOUTS = (_LAYOUT, Layout(tight=True), Layout(2), Layout(4))
_SEPARATORS = (",", ";", "\t", "|")
_OFTEN = 0.8
"""The share of the answers whose lines have cells."""
_BULLET = re.compile(r"\s*(?:[-*•–]|[0-9]{1,6}[.)])\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Json(Shape):
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
    asked_as: ClassVar[tuple[str, ...]] = (
        "`json`",
        "`json:total,currency` (fields)",
        "`json:{…}` (a JSON Schema)",
    )
    is_sought: ClassVar[bool] = True

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

    @classmethod
    def asked(cls, detail: str) -> Self:
        if not detail.startswith("{"):
            names = tuple(name.strip() for name in detail.split(",")) if detail else ()
            if not all(names):
                raise ValueError("a field without a name stands")
            return cls(fields=names)
        try:
            schema = json.loads(detail)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"the schema is not JSON ({error})") from error
        return cls(schema=json.dumps(schema, sort_keys=True))

    def settled(self, contents: Sequence[Content]) -> Shape:
        keys = Counter(tuple(content.value) for content in contents if isinstance(content.value, dict)).most_common(1)
        layouts = Counter(
            layout for content in contents for layout in _LAYOUTS if layout.written(content.value) == content.raw
        ).most_common(1)
        layout = layouts[0][0] if layouts else Layout()
        return Json(replace(layout, keys=keys[0][0] if keys else ()))


@dataclass(frozen=True, slots=True)
class Lines(Shape):
    """Several lines, compared line by line; letter case, spaces at the ends of a line, and bullets do not count.

    Attributes:
        separator: what stands between the cells of a line, which are compared one by one, numbers by value; or empty.
        bullet: what is printed before each line; `1. ` counts on.
    """

    separator: str = ""
    bullet: str = ""
    name: ClassVar[str] = "lines"
    asked_as: ClassVar[tuple[str, ...]] = (
        "`lines`",
        "`lines:;` (with cells)",
    )
    is_whole: ClassVar[bool] = True
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

    @classmethod
    def asked(cls, detail: str) -> Self:
        if len(detail) > 1:
            raise ValueError(f"{detail!r} is not one sign between cells")
        return cls(detail)

    def settled(self, contents: Sequence[Content]) -> Shape:
        bullets = Counter(_bullet_of(content.raw) for content in contents).most_common(1)
        bullet = bullets[0][0] if bullets else ""
        for separator in _SEPARATORS:
            even = [content for content in contents if len({line.count(separator) for line in content.value}) == 1]
            if sum(separator in content.raw for content in even) >= _OFTEN * len(contents):
                return Lines(separator, bullet)
        return Lines("", bullet)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _bullet_of(text: str) -> str:
    """What stands before each line of a list; empty for none."""
    match = _BULLET.match(text)
    return re.sub(r"[0-9]+", "1", match[0]) if match else ""


def _cell_equal(one: str, other: str) -> bool:
    if folded(one) == folded(other):
        return True
    value, wanted = _DIGITS.read(one), _DIGITS.read(other)
    return value is not None and value == wanted
