"""Converts plain data to JSON-like data and back, without loss.

JSON's own types stand for themselves. What it lacks becomes `{"~": [kind, content]}`: tuples, sets, bytes, exact
numbers, dates, integers too long for a JSON number, and mappings whose keys are not plain strings.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from latm.errors import StoreError

TAG = "~"
_LONG_INTEGER = 1 << 1024  # Python refuses decimal integers of over 4,300 digits; hexadecimal has no such limit

_PACK: dict[type, tuple[str, Callable[[Any], Any]]] = {
    tuple: ("tuple", lambda value: [packed(item) for item in value]),
    set: ("set", lambda value: [packed(item) for item in value]),
    frozenset: ("frozenset", lambda value: [packed(item) for item in value]),
    bytes: ("bytes", bytes.hex),
    Decimal: ("decimal", str),
    Fraction: ("fraction", lambda value: [packed(value.numerator), packed(value.denominator)]),
    datetime: ("datetime", datetime.isoformat),
    date: ("date", date.isoformat),
    time: ("time", time.isoformat),
    timedelta: ("timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
    int: ("int", hex),
    dict: ("dict", lambda value: [[packed(key), packed(item)] for key, item in value.items()]),
}

_UNPACK: dict[str, Callable[[Any], Any]] = {
    "tuple": lambda content: tuple(unpacked(item) for item in content),
    "set": lambda content: {unpacked(item) for item in content},
    "frozenset": lambda content: frozenset(unpacked(item) for item in content),
    "bytes": bytes.fromhex,
    "decimal": Decimal,
    "fraction": lambda content: Fraction(unpacked(content[0]), unpacked(content[1])),
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda content: timedelta(*content),
    "int": lambda content: int(content, 16),
    "dict": lambda content: {unpacked(key): unpacked(item) for key, item in content},
}


def packed(value: Any) -> Any:
    """Plain data in a form that `json` can write.

    Raises:
        StoreError: the value is not plain data.
    """
    match value:
        case None | bool() | float() | str():
            return value
        case int() if abs(value) < _LONG_INTEGER:
            return value
        case list():
            return [packed(item) for item in value]
        case Mapping() if all(isinstance(key, str) and key != TAG for key in value):
            return {key: packed(item) for key, item in value.items()}
    if type(value) not in _PACK:
        raise StoreError(f"{value!r} cannot be kept: a {type(value).__name__} is not plain data.")
    kind, content = _PACK[type(value)]
    return {TAG: [kind, content(value)]}


def unpacked(value: Any) -> Any:
    """The inverse of `packed`."""
    match value:
        case list():
            return [unpacked(item) for item in value]
        case {"~": [str(kind), content]}:
            return _UNPACK[kind](content)
        case dict():
            return {key: unpacked(item) for key, item in value.items()}
    return value
