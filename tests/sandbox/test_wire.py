"""The wire format: plain data survives it, nothing else does, and no payload can hurt the reader."""

import math
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latm.sandbox.wire import NotPlainError, TooLargeError, WireError, decode, encode, encode_value, pack, to_bytes

ZONES = st.none() | st.builds(
    timezone, st.timedeltas(timedelta(hours=-23), timedelta(hours=23)), st.text(min_size=1, max_size=5)
)
HASHABLE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(st.characters()),
    st.binary(),
    st.decimals(allow_nan=False),
    st.fractions(),
    st.dates(),
    st.times(timezones=ZONES),
    st.datetimes(timezones=ZONES),
    st.timedeltas(),
)
PLAIN = st.recursive(
    HASHABLE,
    lambda inside: st.one_of(
        st.lists(inside),
        st.lists(inside).map(tuple),
        st.dictionaries(HASHABLE, inside),
        st.dictionaries(st.text(), inside),
        st.sets(HASHABLE),
        st.frozensets(HASHABLE),
    ),
    max_leaves=10,
)


def there_and_back(value: Any) -> Any:
    return decode(encode(pack(value)))


def exactly(value: Any) -> Any:
    """A value with the types of all its parts, in order, which equality alone would pass over."""
    match value:
        case dict():
            return dict, [(exactly(key), exactly(item)) for key, item in value.items()]
        case list() | tuple():
            return type(value), [exactly(item) for item in value]
        case set() | frozenset():
            return type(value), {(type(item), item) for item in value}
        case Decimal() | float():
            return type(value), str(value)
        case datetime() | time():
            return type(value), value.isoformat(), value.fold, value.tzinfo, value.tzname()
    return type(value), value


@settings(deadline=None)
@given(PLAIN)
def test_plain_data_comes_back_as_it_was(value: Any) -> None:
    assert exactly(there_and_back(value)) == exactly(value)


@settings(deadline=None)
@given(PLAIN)
def test_a_value_written_by_a_worker_is_read_by_the_host(value: Any) -> None:
    assert exactly(decode(to_bytes(encode_value(value, 1 << 30)))) == exactly(value)


@pytest.mark.parametrize(
    "value",
    [
        "\ud83d\ude00",
        "\ud800",
        float("-inf"),
        -0.0,
        {"!tuple": [1]},
        {"!": 1, "a": 2},
        {True: 1, None: 2},
        Decimal("sNaN"),
        datetime(2024, 10, 27, 2, 30, tzinfo=timezone(timedelta(hours=2), "x"), fold=1),
        2**63,
        -(2**63) - 1,
        [[], {}, (), set()],
    ],
    ids=repr,
)
def test_an_edge_comes_back_as_it_was(value: Any) -> None:
    assert exactly(there_and_back(value)) == exactly(value)


@pytest.mark.parametrize("power", [4300, 5000, 50_000])
def test_an_integer_of_any_size_comes_back_as_it_was(power: int) -> None:
    assert there_and_back([10**power, -(7**power)]) == [10**power, -(7**power)]


def test_a_nan_comes_back_as_one() -> None:
    assert math.isnan(there_and_back(math.nan))


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [object(), Text("x"), range(3), iter([]), len, [1, {2: object()}], 1j, type, date, bytearray(b"x")],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_plain_is_refused_by_name(value: Any) -> None:
    with pytest.raises(NotPlainError, match="is not plain data"):
        pack(value)


def test_a_datetime_in_a_named_zone_is_refused_with_the_remedy() -> None:
    from zoneinfo import ZoneInfo

    with pytest.raises(NotPlainError, match="use a fixed offset"):
        pack(datetime(2024, 1, 1, tzinfo=ZoneInfo("Europe/Vienna")))


@pytest.mark.parametrize(
    "value", [{1 << 20_000}, {(1, 1 << 20_000): 1}, Fraction(1, 1 << 20_000)], ids=["set", "key", "fraction"]
)
def test_a_number_that_would_be_slow_to_compare_is_refused(value: Any) -> None:
    with pytest.raises(NotPlainError, match="over 16384"):
        pack(value)


@pytest.mark.parametrize("depth", [101, 100_000])
def test_what_is_nested_too_deeply_is_refused(depth: int) -> None:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    with pytest.raises(NotPlainError, match="nested more than 100 deep"):
        pack(value)


@pytest.mark.parametrize("value", ["x" * 101, b"x" * 51, ["x"] * 30, "é" * 51], ids=repr)
def test_a_value_over_the_limit_is_refused(value: Any) -> None:
    with pytest.raises(TooLargeError):
        encode_value(value, 100)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_read_or_refused(payload: bytes) -> None:
    try:
        decode(payload)
    except WireError:
        return


TAGS = (
    *("!int", "!bytes", "!dict", "!tuple", "!set", "!frozenset", "!decimal", "!fraction"),
    *("!date", "!time", "!datetime", "!timedelta", "!unknown"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inside: (
        st.lists(inside)
        | st.dictionaries(st.text(), inside)
        | st.dictionaries(st.sampled_from(TAGS), inside, min_size=1, max_size=1)
    ),
    max_leaves=10,
)


@settings(deadline=None)
@given(JSON)
def test_forged_tags_are_read_or_refused(forged: Any) -> None:
    try:
        decode(encode(forged))
    except WireError:
        return


@pytest.mark.parametrize(
    "payload",
    [
        b"[" * 100_000,
        b'{"!set":[' + b",".join(b"%d" % (number * (2**61 - 1)) for number in range(50_000)) + b"]}",
        b'{"!dict":[' + b",".join(b"[%d,1]" % (number * (2**61 - 1)) for number in range(50_000)) + b"]}",
        b'{"!fraction":["1","0"]}',
        b'{"!int":"' + b"9" * 1000 + b'z"}',
        b"9" * 5000,
        b'{"!decimal":[]}',
    ],
    ids=lambda payload: payload[:24].decode(),
)
def test_a_payload_made_to_hurt_is_refused_at_once(payload: bytes) -> None:
    with pytest.raises(WireError):
        decode(payload)


@given(st.fractions(), st.dates())
def test_a_packed_value_has_nothing_but_json_in_it(fraction: Fraction, day: date) -> None:
    import json

    assert json.loads(json.dumps(pack([fraction, day]))) == pack([fraction, day])
