"""What runs in a worker: read a request, run the tool, write the reply, until the host is done with it.

A request is the source of a program to load; or the name of a function, the arguments of some calls, and whether these
are the last of the exchange. Replies come in the order of the calls, as many to a frame as were done in a few
milliseconds: `[values, [[index, verdict, detail], …], nanoseconds]`.
"""

import io
import os
import time
from collections.abc import Iterable
from typing import Any

from latm.sandbox.baseline import Baseline
from latm.sandbox.program import MODULE, Program, ToolFailure
from latm.sandbox.wire import HEADER, decode, encode, frame

INBOX, OUTBOX = 3, 4
"""The descriptors that a worker has, and no others."""

SOILED = 75
"""The exit status of a worker that found itself changed by its tool."""
EXHAUSTED = 76
"""The exit status of a worker that had no memory left to tell so."""

_FLUSH_NANOSECONDS = 2_000_000
_FLUSH_BYTES = 1 << 15


class Replies:
    """Results that wait to be written, in the order of the calls.

    Args:
        exchange: the id that they answer to.
    """

    def __init__(self, exchange: int) -> None:
        self._exchange = exchange
        self._first = self._last = 0
        self._clear()

    def add(self, value: bytes) -> None:
        """Keep one result, written out; flush when much, or much time, has gathered."""
        now = time.perf_counter_ns()
        self._values.append(value)
        self._nanoseconds.append(now - self._last)
        self._last = now
        self._bytes += len(value)
        if self._bytes > _FLUSH_BYTES or now - self._first > _FLUSH_NANOSECONDS:
            self.flush()

    def fail(self, failure: ToolFailure) -> None:
        """Keep one failure."""
        self._failures.append([len(self._values), failure.verdict.value, failure.detail])
        self._bytes += len(failure.detail)
        self.add(b"null")

    def flush(self) -> None:
        """Write what waits, if anything does."""
        if self._values:
            parts = (b",".join(self._values), encode(self._failures), str(self._nanoseconds).encode())
            _write(frame(self._exchange, b"[[%b],%b,%b]" % parts))
            self._clear()

    def _clear(self) -> None:
        self._values: list[bytes] = []
        self._failures: list[list[Any]] = []
        self._nanoseconds: list[int] = []
        self._bytes = 0
        self._first = self._last = time.perf_counter_ns()


class Service:
    """A worker's side of the conversation.

    Args:
        progress: one number that the host can see: how many calls of the exchange are done.
        largest: bytes that one value may have, written out.
        baseline: what the process looked like before.
    """

    def __init__(self, progress: memoryview, largest: int, baseline: Baseline) -> None:
        self._inbox = io.BufferedReader(io.FileIO(INBOX, closefd=False), 1 << 16)
        self._progress = progress
        self._largest = largest
        self._baseline = baseline
        self._program: Program

    def serve(self) -> None:
        """Answer requests until the host hangs up, or the tool has changed this process."""
        while header := self._inbox.read(HEADER.size):
            length, exchange = HEADER.unpack(header)
            self._answer(decode(self._inbox.read(length)), Replies(exchange))

    def _answer(self, request: Any, replies: Replies) -> None:
        if isinstance(request, str):
            self._load(request, replies)
        else:
            self._call(self._program, replies, *request)

    def _load(self, source: str, replies: Replies) -> None:
        try:
            self._program = Program(source, self._largest)
            replies.add(b"true")
        except ToolFailure as failure:
            replies.fail(failure)
        replies.flush()

    def _call(self, program: Program, replies: Replies, function: str, calls: Iterable[list[Any]], last: bool) -> None:
        for done, arguments in enumerate(calls, self._progress[0] + 1):
            try:
                replies.add(program.call(function, arguments))
            except ToolFailure as failure:
                replies.fail(failure)
            self._progress[0] = done
        replies.flush()
        if last and not self._baseline.still_holds(program.imported, MODULE):
            os._exit(SOILED)


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(OUTBOX, view) :]


def run(progress: memoryview, largest: int, baseline: Baseline) -> None:
    """Serve as a worker, in a process that is already locked."""
    try:
        Service(progress, largest, baseline).serve()
    except MemoryError:
        os._exit(EXHAUSTED)
