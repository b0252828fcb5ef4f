"""Answers in JSON: read by value, so that the order of keys, white space and the way to write a number do not count."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

_DEEPEST = 100
"""Levels of nesting; real answers have a handful, and a text of a million brackets must not exhaust the stack."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A number in JSON: equal by value, printed as it was written."""

    value: Decimal
    text: str = field(compare=False)

    @classmethod
    def read(cls, text: str) -> "Literal":
        """The number, exact at any length."""
        try:
            return cls(Decimal(text), text)
        except InvalidOperation as error:
            raise ValueError(text) from error


def read_json(text: str) -> Any:
    """The value of a JSON text, numbers as `Literal`.

    Raises:
        ValueError: it is not JSON: broken, with two keys of one name, with NaN, or nested too deep.
    """
    try:
        value = json.loads(
            text,
            parse_int=Literal.read,
            parse_float=Literal.read,
            parse_constant=refuse_constant,
            object_pairs_hook=keys_once,
        )
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    _check_depth(value)
    return value


def settled(value: Any) -> Any:
    """A value as it is compared: a field that is null counts as one that is not there, white space in texts as one."""
    if isinstance(value, dict):
        return {key: settled(child) for key, child in value.items() if child is not None}
    if isinstance(value, list):
        return [settled(child) for child in value]
    return " ".join(value.split()) if isinstance(value, str) else value


def differing(one: Any, other: Any) -> list[str]:
    """The paths of the fields in which two values differ, such as `items.2.price`; the empty path for the whole."""
    if isinstance(one, dict) and isinstance(other, dict):
        pairs = [(key, one.get(key), other.get(key)) for key in {**one, **other}]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(str(at), *pair) for at, pair in enumerate(zip(one, other, strict=True))]
    else:
        return [] if one == other else [""]
    return [f"{key}.{path}".rstrip(".") for key, left, right in pairs for path in differing(left, right)]


def refuse_constant(constant: str) -> NoReturn:
    """Refuse what `json` takes for a number beside JSON's own, such as NaN."""
    raise ValueError(constant)


def keys_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of some fields; two of one name are refused."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("two keys of one name")
    return found


def _check_depth(value: Any) -> None:
    level: list[Any] = [value]
    for _ in range(_DEEPEST):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise ValueError("nested too deep")


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


@dataclass(frozen=True, slots=True)
class Layout:
    """How JSON is written: spaces of indentation (-1: all in one line), whether it is tight, and the order of keys."""

    indent: int = -1
    tight: bool = False
    keys: tuple[str, ...] = ()

    def written(self, value: Any, depth: int = 0) -> str:
        """The text of a value from `read_json`."""
        if isinstance(value, Literal):
            return value.text
        if isinstance(value, dict):
            colon = ":" if self.tight else ": "
            parts = [
                f"{json.dumps(key, ensure_ascii=False)}{colon}{self.written(value[key], depth + 1)}"
                for key in self._ordered(value)
            ]
            return self._joined("{", parts, "}", depth)
        if isinstance(value, list):
            return self._joined("[", [self.written(child, depth + 1) for child in value], "]", depth)
        return json.dumps(value, ensure_ascii=False)

    def _ordered(self, value: Mapping[str, Any]) -> list[str]:
        place = {key: number for number, key in enumerate(self.keys)}
        return sorted(value, key=lambda key: place.get(key, len(place)))

    def _joined(self, opened: str, parts: list[str], closed: str, depth: int) -> str:
        if not parts:
            return opened + closed
        if self.indent < 0:
            return opened + ("," if self.tight else ", ").join(parts) + closed
        margin = "\n" + " " * self.indent * depth
        inner = margin + " " * self.indent
        return opened + inner + ("," + inner).join(parts) + margin + closed


def follows(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether a value from `read_json` keeps to the parts of JSON Schema that say what an answer looks like.

    These are type, enum, const, properties, required, additionalProperties and items; others are taken as kept.
    """
    types = schema.get("type", [])
    if types and not any(_is_type(value, name) for name in ([types] if isinstance(types, str) else types)):
        return False
    allowed = [*schema.get("enum", []), *([schema["const"]] if "const" in schema else [])]
    if allowed and value not in [read_json(json.dumps(one)) for one in allowed]:
        return False
    if isinstance(value, dict):
        return _fields_follow(value, schema)
    items = schema.get("items")
    return not isinstance(value, list) or not isinstance(items, dict) or all(follows(item, items) for item in value)


def _fields_follow(value: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    properties = schema.get("properties", {})
    if any(key not in value for key in schema.get("required", [])):
        return False
    if schema.get("additionalProperties") is False and any(key not in properties for key in value):
        return False
    return all(
        follows(value[key], inner) for key, inner in properties.items() if key in value and isinstance(inner, dict)
    )


def _is_type(value: Any, name: str) -> bool:
    match name:
        case "integer":
            return isinstance(value, Literal) and value.value == value.value.to_integral_value()
        case "number":
            return isinstance(value, Literal)
        case "boolean":
            return isinstance(value, bool)
        case "null":
            return value is None
    return isinstance(value, {"string": str, "object": dict, "array": list}.get(name, object))
