"""What the host writes to a worker and reads from it; `latm.sandbox.wire` has the form.

Whatever the bytes of a reply are, to read it takes linear time: texts are cut, not parsed; JSON is counted before it is
read, by a decoder that was chosen for its worst case (docs/results-sandbox.md), and looked through after.
"""

import gc
import json
import math
import struct
from array import array
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import accumulate, repeat, takewhile
from typing import Any

from pydantic_core import from_json

from latm.sandbox import wire
from latm.sandbox.protocol import Result, Verdict
from latm.sandbox.wire import (
    BYTES_PER_RESULT,
    MAX_DEPTH,
    MAX_DETAIL,
    MAX_RESULTS,
    MAX_SIGNS,
    START,
    NotPlainError,
    WireError,
)

MANY = 32
"""Calls sent at once; of more, these are the first, so that the worker is at work while the rest is written."""

_SLICE = 256
_MAX_SIGNS_PER_FRAME = MAX_SIGNS + MAX_SIGNS // 2
"""A worker fills a frame up to a stated length, and then adds one value."""
_FAILURES = {
    wire.ERROR: Verdict.ERROR,
    wire.MEMORY: Verdict.MEMORY,
    wire.OUTPUT: Verdict.OUTPUT,
    wire.DENIED: Verdict.DENIED,
}
"""What a worker may say of itself; never that the machine failed."""
_JSON_TYPES = frozenset({bool, int, float, list, dict})
"""Of the values that travel as JSON: a text and None have kinds of their own."""
_result = partial(tuple.__new__, Result)
"""`Result` of a tuple of its fields; its own constructor takes three times as long."""
_encoder = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))


def request(content: Any) -> bytes:
    """One request: a program to load, or a slice of calls; `latm.sandbox.worker` has their form.

    Raises:
        NotPlainError: an argument is not JSON.
    """
    try:
        # Half a surrogate pair, which a question may hold, travels too.
        return _encoder.encode(content).encode("utf-8", "surrogatepass")
    except (TypeError, ValueError, RecursionError) as error:
        raise NotPlainError(f"An argument is not plain JSON: {error}") from error


def requests(function: str, calls: Sequence[Sequence[Any]]) -> Iterator[bytes]:
    """A request in slices, the first a small one, so that the worker is at work while the rest is written."""
    start, size = 0, MANY
    while start < len(calls):
        some = calls[start : start + size]
        if len(set(map(len, some))) > 1:
            some = list(takewhile(partial(_alike, some[0]), some))
        start, size = start + len(some), _SLICE
        yield request([function, len(some), list(zip(*some, strict=True)), start >= len(calls)])


def _alike(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return len(one) == len(other)


def read_results(payload: bytes, most: int, nanoseconds: int) -> tuple[list[Result], int]:
    """The results in one reply, and how many signs of structure their JSON has.

    Args:
        payload: what came.
        most: how many results may come.
        nanoseconds: how long ago the request was sent.

    Raises:
        WireError: it is not of the form that `latm.sandbox.wire` says, or holds what no worker sends.
    """
    try:
        return _read_results(payload, most, nanoseconds)
    except WireError:
        raise
    except (ValueError, LookupError, OverflowError, RecursionError, struct.error) as error:
        raise WireError(f"a reply of another form: {error!r}"[:300]) from error


def _read_results(payload: bytes, most: int, nanoseconds: int) -> tuple[list[Result], int]:
    count, size = START.unpack_from(payload)
    if not 0 < count <= min(most, MAX_RESULTS):
        raise WireError(f"a reply with {count} results, where {most} may come")
    lengths_begin = START.size + count
    taken_begin = lengths_begin + 4 * count
    values_begin = START.size + BYTES_PER_RESULT * count
    texts_begin = values_begin + size
    if len(payload) < texts_begin:
        raise WireError("a reply that is shorter than it says")
    kinds = payload[START.size : lengths_begin]
    ends = list(accumulate(array("I", payload[lengths_begin:taken_begin])))
    taken = array("Q", payload[taken_begin:values_begin])
    whole = str(payload[texts_begin:], "utf-8")
    if ends[-1] != len(whole) or sum(taken) > nanoseconds:
        raise WireError("a reply with texts or times that do not fit")
    texts = [whole[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
    seconds = [one * 1e-9 for one in taken]
    if kinds.count(wire.TEXT) == count and not size:
        return [*map(_result, zip(repeat(Verdict.OK), texts, repeat(""), seconds, strict=False))], 0
    return _read_each(kinds, texts, seconds, payload[values_begin:texts_begin])


def _read_each(kinds: bytes, texts: list[str], seconds: list[float], json_: bytes) -> tuple[list[Result], int]:
    values, signs = read_values(json_, kinds.count(wire.JSON))
    left = iter(values)
    return [_read(*one, left) for one in zip(kinds, texts, seconds, strict=True)], signs


def _read(kind: int, text: str, seconds: float, values: Iterator[Any]) -> Result:
    if kind == wire.TEXT:
        return Result(Verdict.OK, text, seconds=seconds)
    if kind in (wire.JSON, wire.ABSTAINED):
        if text:
            raise WireError("a text beside no text")
        if kind == wire.JSON:
            return Result(Verdict.OK, next(values), seconds=seconds)
        return Result(Verdict.ABSTAINED, seconds=seconds)
    if len(text) > MAX_DETAIL:
        raise WireError(f"a failure that is told in {len(text)} characters")
    return Result(_FAILURES[kind], None, text, seconds)


def read_values(whole: bytes, count: int) -> tuple[list[Any], int]:
    """Values that are no texts, from their JSON list, and how many signs of structure that has.

    Args:
        whole: the list; empty where there are none.
        count: how many there have to be.

    Raises:
        WireError: they are fewer or more, there are too many signs, one is nested too deeply, or a number is none.
        ValueError: it is not strict JSON, or an integer has over 4,300 digits.
    """
    if not whole and not count:
        return [], 0
    signs = wire.signs(whole)
    if signs > _MAX_SIGNS_PER_FRAME:
        raise WireError(f"a reply with {signs} commas, colons and brackets")
    collecting = gc.isenabled()
    # What is read holds no cycles, and looking for some while it grows would take most of the time.
    gc.disable()
    try:
        values = from_json(whole, allow_inf_nan=False, cache_strings="none")
        if len(values) != count or not _JSON_TYPES.issuperset(map(type, values)):
            raise WireError("a text or nothing, sent as JSON")
        _demand_plain(values)
    finally:
        if collecting:
            gc.enable()
    return values, signs


def _demand_plain(level: list[Any]) -> None:
    for _ in range(MAX_DEPTH + 1):
        if not all(map(math.isfinite, [item for item in level if type(item) is float])):
            raise WireError("a number that is none")
        containers = [item for item in level if type(item) in (list, dict)]
        if not containers:
            return
        level = [item for one in containers for item in (one.values() if type(one) is dict else one)]
    raise WireError(f"a value that is nested more than {MAX_DEPTH} deep")
