"""What leaves the jail: a text, None, or plain JSON. Anything else that a function returns becomes that here, inside.

The forms: an integer of over 4,300 digits, a Decimal, a Fraction, a date, a time, a datetime, a timedelta, and a float
that is not a number are the texts that `str` makes of them; bytes are hexadecimal; a tuple is a list; a set is a list
in the order of its items' JSON; a key that is not a text is its JSON.
"""

import json
import math
import sys
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from types import NoneType
from typing import Any, NamedTuple

from latm.sandbox.wire import (
    ABSTAINED,
    JSON,
    MAX_DEPTH,
    MAX_DIGITS,
    MAX_JSON,
    MAX_SIGNS,
    NotPlainError,
    TooLargeError,
    signs,
)

_FIRST_LONG = 10**MAX_DIGITS
_BITS_PER_DIGIT = 3
"""Fewer than there are, so that what is too large is known before it is written out."""
_LONGEST_CHARACTER = 4
"""Bytes."""


class Written(NamedTuple):
    """A value that is not a text: its kind, and its text."""

    kind: int
    text: str


def written(value: Any, largest: int) -> str | Written:
    """A value as it leaves the jail; a text stays one.

    Args:
        value: what a function returned.
        largest: bytes that it may have.

    Raises:
        NotPlainError: some part of it has no form as text or plain JSON, or it is nested too deeply.
        TooLargeError: it is longer than `largest`, or has too many parts.
    """
    if type(value) is str and len(value) * _LONGEST_CHARACTER < largest and value.isascii():
        return value
    if value is None:
        return Written(ABSTAINED, "")
    plain = _plain(value, largest, 0)
    if type(plain) is str:
        _demand_size(plain, largest)
        return plain
    text = _encoder.encode(plain)
    parts = signs(_demand_size(text, min(largest, MAX_JSON)))
    if parts > MAX_SIGNS:
        raise TooLargeError(f"a value with {parts} commas, colons and brackets; {MAX_SIGNS} are allowed")
    return Written(JSON, text)


def _demand_size(text: str, largest: int) -> bytes:
    data = text.encode()
    if len(data) > largest:
        raise TooLargeError(f"{len(data)} bytes; {largest} are allowed")
    return data


def _plain(value: Any, largest: int, depth: int) -> Any:
    kind = type(value)
    if kind in _FORMS:
        return _FORMS[kind](value, largest)
    if kind not in _CONTAINERS:
        raise NotPlainError(f"{kind.__module__}.{kind.__qualname__} is not plain data")
    if depth == MAX_DEPTH:
        raise NotPlainError(f"it is nested more than {MAX_DEPTH} deep")
    if len(value) > MAX_SIGNS:
        raise TooLargeError(f"a {kind.__name__} of {len(value)} items; {MAX_SIGNS} are allowed")
    if kind is dict:
        return _plain_dict(value, largest, depth + 1)
    items = [_plain(item, largest, depth + 1) for item in value]
    return sorted(items, key=_encoder.encode) if kind in _SETS else items


def _plain_dict(value: dict[Any, Any], largest: int, depth: int) -> dict[str, Any]:
    plain = {_key(key, largest, depth): _plain(item, largest, depth) for key, item in value.items()}
    if len(plain) < len(value):
        raise NotPlainError("two keys of a dict are the same when they are written")
    return plain


def _key(key: Any, largest: int, depth: int) -> str:
    plain = _plain(key, largest, depth)
    return plain if type(plain) is str else _encoder.encode(plain)


def _text(value: str, largest: int) -> str:
    if len(value) > largest:
        raise TooLargeError(f"a text of {len(value)} characters; {largest} bytes are allowed")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise NotPlainError("a text holds half of a surrogate pair, which stands for no character") from None
    return value


def _bytes(value: bytes, largest: int) -> str:
    return _text(value[: largest + 1].hex(), largest)


def _int(value: int, largest: int) -> int | str:
    return value if -_FIRST_LONG < value < _FIRST_LONG else _digits(value, largest)


def _digits(value: int, largest: int) -> str:
    if value.bit_length() > largest * _BITS_PER_DIGIT:
        raise TooLargeError(f"an integer of {value.bit_length()} bits; {largest} bytes are allowed")
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        return str(value)
    finally:
        sys.set_int_max_str_digits(before)


def _fraction(value: Fraction, largest: int) -> str:
    parts = [_digits(part, largest) for part in value.as_integer_ratio()]
    return parts[0] if parts[1] == "1" else "/".join(parts)


def _float(value: float, _largest: int) -> float | str:
    return value if math.isfinite(value) else str(value)


def _same(value: Any, _largest: int) -> Any:
    return value


def _as_str(value: Any, largest: int) -> str:
    return _text(str(value), largest)


_SETS = frozenset({set, frozenset})
_CONTAINERS = frozenset({list, dict, tuple}) | _SETS
_FORMS: dict[type, Callable[[Any, int], Any]] = {
    str: _text,
    NoneType: _same,
    bool: _same,
    int: _int,
    float: _float,
    bytes: _bytes,
    Fraction: _fraction,
    **dict.fromkeys((Decimal, timedelta), _as_str),
    **dict.fromkeys((date, time, datetime), _as_str),
}
_encoder = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":"))
