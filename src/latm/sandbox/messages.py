"""What the host writes to a worker and reads from it; `latm.sandbox.worker` has the other side, and the form."""

from array import array
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import takewhile
from typing import Any

from latm.sandbox.protocol import Result, Verdict
from latm.sandbox.wire import WireError, encode, pack

MANY = 32
"""Calls sent at once; of more, these are the first, so that the worker is at work while the rest is written."""

_SLICE = 256
_FAILURES = {verdict.value: verdict for verdict in (Verdict.ERROR, Verdict.MEMORY, Verdict.OUTPUT, Verdict.DENIED)}
"""What a worker may say of itself; never that the machine failed."""
_OK, _ABSTAINED = Verdict.OK, Verdict.ABSTAINED
_result = partial(tuple.__new__, Result)
"""`Result` of a tuple of its fields; its own constructor takes three times as long."""


def requests(function: str, calls: Sequence[Sequence[Any]]) -> Iterator[bytes]:
    """A request in slices, the first a small one, so that the worker is at work while the rest is written."""
    start, size = 0, MANY
    while start < len(calls):
        some = calls[start : start + size]
        if len(set(map(len, some))) > 1:
            some = list(takewhile(partial(_alike, some[0]), some))
        start, size = start + len(some), _SLICE
        columns = [_packed(column) for column in zip(*some, strict=True)]
        yield encode([function, len(some), columns, start >= len(calls)])


def _alike(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return len(one) == len(other)


def _packed(column: Sequence[Any]) -> Sequence[Any]:
    # Most tools take one text, and a batch has a thousand of them.
    return column if set(map(type, column)) == {str} else list(map(pack, column))


def read_results(reply: Any) -> list[Result]:
    """The results in one reply: see `latm.sandbox.worker`.

    Raises:
        WireError: it is not of that form.
    """
    try:
        values, failures, nanoseconds = reply
        verdicts = [_ABSTAINED if value is None else _OK for value in values]
        seconds = [taken * 1e-9 for taken in array("Q", bytes.fromhex(nanoseconds))]
        results = [*map(_result, zip(verdicts, values, [""] * len(values), seconds, strict=True))]
        for index, verdict, detail in failures:
            results[index] = Result(_FAILURES[verdict], None, str(detail), results[index].seconds)
    except (ValueError, TypeError, LookupError, OverflowError) as error:
        raise WireError(f"a reply of another form: {error!r}"[:300]) from error
    return results
