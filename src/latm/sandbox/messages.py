"""What the host writes to a worker and reads from it; `latm.sandbox.wire` has the form.

Whatever the bytes of a reply are, to read it takes linear time: texts are cut, not parsed.
"""

import json
import struct
from array import array
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import repeat, takewhile
from json.encoder import (  # type: ignore[attr-defined]  # the stub lacks one
    c_make_encoder,
    encode_basestring,
)
from typing import Any

from latm.sandbox import wire
from latm.sandbox.protocol import Result, Verdict
from latm.sandbox.wire import BETWEEN, BYTES_PER_RESULT, MAX_DETAIL, MAX_RESULTS, ONE, START, NotPlainError, WireError

MANY = 32
"""Calls sent at once; of more, these are the first, so that the worker is at work while the rest is written."""

_SLICE = 256
_FAILURES = {
    wire.ERROR: Verdict.ERROR,
    wire.MEMORY: Verdict.MEMORY,
    wire.OUTPUT: Verdict.OUTPUT,
    wire.DENIED: Verdict.DENIED,
}
"""What a worker may say of itself; never that the machine failed."""
_result = partial(tuple.__new__, Result)
"""`Result` of a tuple of its fields; its own constructor takes three times as long."""
_chunks = c_make_encoder(None, json.JSONEncoder().default, encode_basestring, None, ":", ",", False, False, True)
"""`JSONEncoder` would make this again for each text, which takes longer than writing out a question."""


def request(content: Any) -> bytes:
    """One request: a program to load, or a slice of calls; `latm.sandbox.worker` has their form.

    Raises:
        NotPlainError: an argument is not JSON.
    """
    try:
        # Half a surrogate pair, which a question may hold, travels too.
        return "".join(_chunks(content, 0)).encode("utf-8", "surrogatepass")
    except (TypeError, ValueError, RecursionError) as error:
        raise NotPlainError(f"An argument is not plain JSON: {error}") from error


def requests(function: str, calls: Sequence[Sequence[Any]]) -> Iterator[bytes]:
    """A request in slices, the first a small one, so that the worker is at work while the rest is written."""
    if len(calls) == 1:
        yield request([function, 1, [[argument] for argument in calls[0]], True])
        return
    start, size = 0, MANY
    while start < len(calls):
        some = calls[start : start + size]
        if len(set(map(len, some))) > 1:
            some = list(takewhile(partial(_alike, some[0]), some))
        start, size = start + len(some), _SLICE
        yield request([function, len(some), list(zip(*some, strict=True)), start >= len(calls)])


def _alike(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return len(one) == len(other)


def read_results(payload: bytes, most: int, seconds: float) -> list[Result]:
    """The results in one reply.

    Args:
        payload: what came.
        most: how many results may come.
        seconds: how long ago the request was sent.

    Raises:
        WireError: it is not of the form that `latm.sandbox.wire` says, or holds what no worker sends.
    """
    try:
        return _read_results(payload, most, seconds)
    except WireError:
        raise
    except (ValueError, LookupError, OverflowError, struct.error) as error:
        raise WireError(f"a reply of another form: {error!r}"[:300]) from error


def _read_results(payload: bytes, most: int, seconds: float) -> list[Result]:
    (count,) = START.unpack_from(payload)
    if not 0 < count <= min(most, MAX_RESULTS):
        raise WireError(f"a reply with {count} results, but at most {most} may come")
    if count == 1:
        _, kind, taken = ONE.unpack_from(payload)
        if not 0 <= taken <= seconds:
            raise WireError("a reply with a time that does not fit")
        return [_read(kind, str(payload[ONE.size :], "utf-8"), taken)]
    texts_begin = START.size + BYTES_PER_RESULT * count
    kinds = payload[START.size : START.size + count]
    times = array("d", payload[START.size + count : texts_begin]).tolist()
    texts = str(payload[texts_begin:], "utf-8").split(BETWEEN, count)
    if not len(times) == len(texts) == count or min(times) < 0 or not sum(times) <= seconds:
        raise WireError("a reply with texts or times that do not fit")
    if kinds.count(wire.TEXT) == count:
        return [*map(_result, zip(repeat(Verdict.OK), texts, repeat(""), times, repeat(None), strict=False))]
    return list(map(_read, kinds, texts, times))


def _read(kind: int, text: str, seconds: float) -> Result:
    if kind == wire.TEXT:
        return _result((Verdict.OK, text, "", seconds, None))
    match kind:
        case wire.JSON:
            return Result(Verdict.OK, seconds=seconds, json=text)
        case wire.ABSTAINED if not text:
            return Result(Verdict.ABSTAINED, seconds=seconds)
        case _ if len(text) <= MAX_DETAIL:
            return Result(_FAILURES[kind], None, text, seconds)
    raise WireError(f"a failure that is told in {len(text)} characters")
