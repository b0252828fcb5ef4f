"""What leaves the jail: text and plain JSON, with a bound on what it costs to read, whatever was sent."""

import json
import math
from array import array
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latm.sandbox import Result, Verdict
from latm.sandbox.messages import read_results, request
from latm.sandbox.plain import written
from latm.sandbox.reading import read_value
from latm.sandbox.wire import (
    BETWEEN,
    JSON,
    MAX_DEPTH,
    MAX_JSON,
    MAX_SIGNS,
    START,
    NotPlainError,
    TooLargeError,
    WireError,
)

LARGEST = 1 << 20
AGES = 1e9
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside),
    max_leaves=20,
)


def reply(kinds: bytes, texts: list[str], taken: float = 1e-9) -> bytes:
    """Texts of results, JSON among them."""
    return START.pack(len(kinds)) + kinds + array("d", [taken] * len(texts)).tobytes() + BETWEEN.join(texts).encode()


def left(value: Any) -> Any:
    """A value as the host has it."""
    one = written(value, LARGEST)
    kind, text = (b"t", one) if isinstance(one, str) else (bytes([one.kind]), one.text)
    [result] = read_results(reply(kind, [text]), 1, AGES)
    return result.value


def exactly(value: Any) -> Any:
    """A value with the types of all its parts, in order, which equality alone would pass over."""
    match value:
        case dict():
            return dict, [(key, exactly(item)) for key, item in value.items()]
        case list():
            return list, [exactly(item) for item in value]
        case float():
            return float, str(value)
    return type(value), value


@settings(deadline=None)
@given(PLAIN)
def test_plain_json_comes_back_as_it_was(value: Any) -> None:
    assert exactly(left(value)) == exactly(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (10**4300 - 1, 10**4300 - 1),
        (-(10**4300), "-1" + "0" * 4300),
        (Decimal("sNaN"), "sNaN"),
        (Decimal("1E+2"), "1E+2"),
        ([Fraction(1, 3), Fraction(-4, 2)], ["1/3", "-2"]),
        (b"\x00\xff", "00ff"),
        ((1, (2,)), [1, [2]]),
        ({10, 9, "a", (1,)}, ["a", 10, 9, [1]]),
        (frozenset(), []),
        ({1: "a", None: 2, (1, 2): 4}, {"1": "a", "null": 2, "[1,2]": 4}),
        ([math.inf, -math.inf, math.nan], ["inf", "-inf", "nan"]),
        ({date(1, 1, 1): timedelta(1)}, {"0001-01-01": "1 day, 0:00:00"}),
        (datetime(2024, 1, 2, 3, 4, 5), "2024-01-02 03:04:05"),  # noqa: DTZ001  # tools have such
    ],
    ids=lambda value: type(value).__name__,
)
def test_all_else_becomes_its_stated_form_inside(value: Any, expected: Any) -> None:
    assert exactly(left(value)) == exactly(expected)


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [
        object(),
        Text("x"),
        range(3),
        iter([]),
        len,
        [1, {"a": object()}],
        1j,
        type,
        date,
        bytearray(b"x"),
        {1: 1, "1": 1},
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_form_is_refused(value: Any) -> None:
    with pytest.raises(NotPlainError):
        written(value, LARGEST)


@pytest.mark.parametrize("value", ["\ud800", ["\udfff"], {"\ud800": 1}], ids=ascii)
def test_half_a_surrogate_pair_is_refused(value: Any) -> None:
    with pytest.raises(NotPlainError, match="half of a surrogate pair"):
        written(value, LARGEST)


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 100_000])
def test_what_is_nested_too_deeply_is_refused(depth: int) -> None:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    with pytest.raises(NotPlainError, match="nested more than 100 deep"):
        written(value, LARGEST)


@pytest.mark.parametrize(
    "value",
    ["x" * 101, b"x" * 51, ["x"] * 30, "é" * 51, 10**5000, Decimal(7**200)],
    ids=lambda value: type(value).__name__,
)
def test_a_value_over_the_limit_is_refused(value: Any) -> None:
    with pytest.raises(TooLargeError):
        written(value, 100)


def test_a_value_of_too_many_parts_is_refused_on_both_sides() -> None:
    for value in ([0] * (MAX_SIGNS + 1), [[0] * 100] * (MAX_SIGNS // 100 + 1)):
        with pytest.raises(TooLargeError):
            written(value, LARGEST)
    assert read_value("[" + "0," * MAX_SIGNS + "0]") is None
    assert read_value("[" + "0," * (MAX_SIGNS - 2) + "0]") == [0] * (MAX_SIGNS - 1)


def test_a_reply_tells_each_call_in_order() -> None:
    results = read_results(reply(b"tajemod", ["ä", "", "[1,2]", "a", "b", "c", "d"]), 7, AGES)
    assert [(result.verdict, result.value, result.detail) for result in results] == [
        (Verdict.OK, "ä", ""),
        (Verdict.ABSTAINED, None, ""),
        (Verdict.OK, [1, 2], ""),
        (Verdict.ERROR, None, "a"),
        (Verdict.MEMORY, None, "b"),
        (Verdict.OUTPUT, None, "c"),
        (Verdict.DENIED, None, "d"),
    ]
    assert all(isinstance(result, Result) for result in results)


def test_results_whose_times_or_number_do_not_fit_are_refused() -> None:
    for one in (reply(b"t", ["x"], 2.0), reply(b"tt", ["x"] * 2, -1.0), reply(b"tt", ["x"] * 2, math.nan)):
        with pytest.raises(WireError, match=r"do(es)? not fit"):
            read_results(one, 5, 1.0)
    for one in (reply(b"tt", ["x"]), reply(b"tt", ["x", "y", "z"]), reply(b"t" * 9, ["x"] * 9), START.pack(0)):
        with pytest.raises(WireError):
            read_results(one, 5, 1.0)


@settings(deadline=None)
@given(
    st.binary(max_size=300) | st.builds(lambda count, rest: START.pack(count) + rest, st.integers(0, 5), st.binary())
)
def test_bytes_of_any_kind_are_read_or_refused(payload: bytes) -> None:
    try:
        results = read_results(payload, 5, AGES)
    except WireError:
        return
    json.dumps([result[:3] for result in results], allow_nan=False).encode()


@settings(deadline=None)
@given(st.text(alphabet='[]{}",:0123456789eE+-.\\ud8antrlsf', max_size=60) | PLAIN.map(json.dumps))
def test_whatever_stands_in_a_values_place_is_read_as_nothing_or_can_be_printed_compared_and_kept(text: str) -> None:
    [result] = read_results(reply(bytes([JSON]), [text]), 1, AGES)
    value = result.value
    assert value == json.loads(json.dumps(value, allow_nan=False, ensure_ascii=False).encode())
    str(value).encode()


@pytest.mark.parametrize(
    "text",
    ["", "[1,]", "[NaN]", "[-1e999]", '["\\ud800"]', "9" * 4301, "[" * 101 + "]" * 101, "[" + " " * MAX_JSON + "]"],
)
def test_what_no_worker_writes_is_read_as_nothing(text: str) -> None:
    [result] = read_results(reply(bytes([JSON]), [text]), 1, AGES)
    assert result.value is None


def test_reading_json_leaves_the_collector_as_it_was() -> None:
    import gc

    gc.disable()
    try:
        assert read_value("[[1]]") == [[1]]
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x", 10**5000], ids=lambda value: type(value).__name__)
def test_an_argument_that_is_no_json_is_refused(value: Any) -> None:
    with pytest.raises(NotPlainError, match="not plain JSON"):
        request([value])
