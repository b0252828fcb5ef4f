"""What travels between the host and a worker: length-prefixed frames of JSON, with tags for what JSON lacks.

The host reads what a hostile worker may have forged, so decoding never builds code, opens a file, or takes more than
linear time in the size of the frame. Both sides use this one module.
"""

import json
import struct
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from json.scanner import make_scanner
from types import NoneType
from typing import Any

HEADER = struct.Struct("<IQ")
"""Before each payload: its length in bytes, and the random id of the exchange that it belongs to."""

MAX_DEPTH = 100
MAX_ALIKE = 64
"""Keys of one hash in one dictionary or set; more would make the host's own take quadratic time."""
MAX_BITS = 1 << 14
"""Of a number in a key or a fraction. Comparing a larger one with a Decimal, as a dictionary may, takes seconds."""
_SMALL = 2**63
_LONGEST_CHARACTER = 8
"""Bytes: a character takes six at most, written out, and the quotation marks two."""
_TAG = "!"


class NotPlainError(TypeError):
    """A value is not plain data, so it cannot travel."""


class TooLargeError(ValueError):
    """One text or bytes inside a value is larger than a whole reply may be."""


class WireError(ValueError):
    """A frame is not of this format: it was damaged, or forged."""


def frame(exchange: int, payload: bytes) -> bytes:
    """One frame, ready to be written."""
    return HEADER.pack(len(payload), exchange) + payload


def encode(packed: Any) -> bytes:
    """Write what `pack` returned, or a list of such, as a payload."""
    return to_bytes(_encoder.encode(packed))


def to_bytes(text: str) -> bytes:
    """A payload, or a part of one, as it travels; half a surrogate pair, which a text may hold, travels too."""
    return text.encode("utf-8", "surrogatepass")


def encode_value(value: Any, largest: int) -> str:
    """Pack and write one value; what a worker does for every item.

    Args:
        value: plain data.
        largest: bytes that it may have.

    Raises:
        NotPlainError: some part of the value is not plain, or it is nested too deeply.
        TooLargeError: it is longer than `largest`.
    """
    if type(value) is str and len(value) * _LONGEST_CHARACTER < largest:
        return _quote(value)
    text = _encoder.encode(pack(value, largest))
    length = len(to_bytes(text))
    if length > largest:
        raise TooLargeError(f"{length} bytes")
    return text


def decode(payload: bytes) -> Any:
    """Read a payload; tags become the values that they stand for.

    Raises:
        WireError: the payload is not of this format.
    """
    try:
        text = payload.decode("utf-8", "surrogatepass")
        # The scanner alone: `JSONDecoder.decode` would look for white space around, which we never write.
        value, end = _scan(text, 0)
    except Exception as error:  # a forged payload may break any of the types that it names
        raise WireError(f"The payload cannot be read: {error!r}"[:300]) from error
    if end != len(text):
        raise WireError("The payload does not end where its value does")
    return value


def pack(value: Any, largest: int = _SMALL, depth: int = 0) -> Any:
    """Turn plain data into what JSON can carry.

    Args:
        value: see `latm.sandbox.protocol.Sandbox` for what is plain.
        largest: characters or bytes that one text may have.
        depth: how deep in the value this one lies.

    Raises:
        NotPlainError: some part of the value is not plain, or it is nested too deeply.
        TooLargeError: some text in it is longer than `largest`.
    """
    kind = type(value)
    if kind in _TEXTS and len(value) > largest:
        raise TooLargeError(f"a {kind.__name__} of length {len(value)}")
    if kind is str or kind in _BARE or (kind is int and -_SMALL <= value < _SMALL):
        return value
    if kind in _SCALARS:
        tag, packer = _SCALARS[kind]
        return {tag: packer(value)}
    if kind in _CONTAINERS:
        return _pack_inside(value, largest, depth + 1)
    raise NotPlainError(f"{kind.__module__}.{kind.__qualname__} is not plain data")


def _pack_inside(value: Any, largest: int, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise NotPlainError(f"it is nested more than {MAX_DEPTH} deep")
    kind = type(value)
    if kind is dict:
        return _pack_dict(value, largest, depth)
    if kind in _SETS:
        _demand_small(value)
    packed = [pack(item, largest, depth) for item in value]
    return packed if kind is list else {f"!{kind.__name__}": packed}


def _pack_dict(value: dict[Any, Any], largest: int, depth: int) -> Any:
    if all(type(key) is str and key[:1] != _TAG for key in value):
        return {key: pack(item, largest, depth) for key, item in value.items()}
    _demand_small(value)
    return {"!dict": [[pack(key, largest, depth), pack(item, largest, depth)] for key, item in value.items()]}


def _clock(moment: datetime | time) -> list[Any]:
    """Hour to microsecond, fold, and the zone: None, or its offset from UTC in microseconds and its name."""
    zone = moment.tzinfo
    if zone is not None and type(zone) is not timezone:
        raise NotPlainError(f"a {type(moment).__name__} in {type(zone).__name__} is not plain data: use a fixed offset")
    offset = zone and [zone.utcoffset(None) // timedelta(microseconds=1), zone.tzname(None)]
    return [moment.hour, moment.minute, moment.second, moment.microsecond, moment.fold, offset]


def _zone(offset: list[Any] | None) -> timezone | None:
    if offset is None:
        return None
    bare = timezone(timedelta(microseconds=offset[0]))
    return bare if bare.tzname(None) == offset[1] else timezone(bare.utcoffset(None), offset[1])


def _time(content: list[Any]) -> time:
    hour, minute, second, microsecond, fold, offset = content
    return time(hour, minute, second, microsecond, _zone(offset), fold=fold)


def _datetime(content: list[Any]) -> datetime:
    (year, month, day), (hour, minute, second, microsecond, fold, offset) = content
    return datetime(year, month, day, hour, minute, second, microsecond, _zone(offset), fold=fold)


def _keys(keys: list[Any]) -> list[Any]:
    """Refuse keys that would make the host's own dictionaries slow."""
    counts = Counter(map(hash, keys))
    if counts and max(counts.values()) > MAX_ALIKE:
        raise WireError(f"More than {MAX_ALIKE} keys have one hash")
    _demand_small(keys)
    return keys


def _demand_small(keys: Iterable[Any]) -> None:
    for key in keys:
        if type(key) is int:
            _small(key)
        elif type(key) in (tuple, frozenset):
            _demand_small(key)


def _small(number: int) -> int:
    if number.bit_length() > MAX_BITS:
        raise NotPlainError(f"a key or a fraction has a number of {number.bit_length()} bits, over {MAX_BITS}")
    return number


def _fraction(content: list[str]) -> Fraction:
    numerator, denominator = (_small(int(part, 16)) for part in content)
    return Fraction(numerator, denominator)


def _dict(content: list[list[Any]]) -> dict[Any, Any]:
    _keys([key for key, _ in content])
    return {key: value for key, value in content}  # noqa: C416  # dict() would take pairs of any kind, texts too


def _set(content: list[Any]) -> set[Any]:
    return set(_keys(content))


_BARE = frozenset({NoneType, bool, float})
_TEXTS = frozenset({str, bytes})
_SETS = frozenset({set, frozenset})
_CONTAINERS = frozenset({list, dict, tuple}) | _SETS
_SCALARS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    int: ("!int", hex),
    bytes: ("!bytes", bytes.hex),
    Decimal: ("!decimal", str),
    Fraction: ("!fraction", lambda value: [hex(_small(part)) for part in value.as_integer_ratio()]),
    date: ("!date", lambda value: [value.year, value.month, value.day]),
    time: ("!time", _clock),
    datetime: ("!datetime", lambda value: [[value.year, value.month, value.day], _clock(value)]),
    timedelta: ("!timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
}
_UNPACK: dict[str, Callable[[Any], Any]] = {
    "!int": lambda content: int(content, 16),
    "!bytes": bytes.fromhex,
    "!dict": _dict,
    "!tuple": tuple,
    "!set": _set,
    "!frozenset": lambda content: frozenset(_set(content)),
    "!decimal": Decimal,
    "!fraction": _fraction,
    "!date": lambda content: date(*content),
    "!time": _time,
    "!datetime": _datetime,
    "!timedelta": lambda content: timedelta(*content),
}


def _unpack(found: dict[str, Any]) -> Any:
    if len(found) == 1:
        [(tag, content)] = found.items()
        if tag[:1] == _TAG:
            return _UNPACK[tag](content)
    return found


_quote = json.encoder.encode_basestring
_encoder = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
_scan = make_scanner(json.JSONDecoder(object_hook=_unpack))  # type: ignore[arg-type]  # the stub names the wrong class
