"""What runs in a worker: read a request, run the tool, write the reply, until the host is done with it.

One exchange is one frame that loads a program, frames of calls, or both; all carry the exchange's id. Replies come in
the order of the items, as many to a frame as were done in a few milliseconds.
"""

import io
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

from latm.sandbox.program import Program, ToolFailure
from latm.sandbox.protocol import Verdict
from latm.sandbox.wire import HEADER, decode, encode, frame

INBOX, OUTBOX, PROGRESS = 3, 4, 5
"""The descriptors that a worker has, and no others."""

_FLUSH_NANOSECONDS = 2_000_000
_FLUSH_ITEMS = 256
_LARGEST_DETAIL = 4096


class Replies:
    """Results that wait to be written, in the order of the items.

    Args:
        exchange: the id that they answer to.
        largest: bytes that one packed value may have.
    """

    def __init__(self, exchange: int, largest: int) -> None:
        self._exchange = exchange
        self._largest = largest
        self._clear()

    def add(self, value: Any, nanoseconds: int) -> None:
        """One item that returned."""
        self._values.append(value)
        self._nanoseconds.append(nanoseconds)

    def fail(self, failure: ToolFailure, nanoseconds: int) -> None:
        """One item that did not."""
        self._failures.append([len(self._values), failure.verdict.value, failure.detail])
        self.add(None, nanoseconds)

    def flush(self) -> None:
        """Write what waits: in one frame where it is small enough, else a frame for each item."""
        payload = encode([self._values, self._failures, self._nanoseconds])
        if len(payload) <= self._largest:
            _write(frame(self._exchange, payload))
        else:
            self._flush_apart()
        self._clear()

    def _flush_apart(self) -> None:
        failures = {index: failure for index, *failure in self._failures}
        for index, (value, nanoseconds) in enumerate(zip(self._values, self._nanoseconds, strict=True)):
            failure = failures.get(index)
            payload = encode([[value], [[0, *failure]] if failure else [], [nanoseconds]])
            if len(payload) > self._largest:
                detail = f"a reply of {len(payload)} bytes; {self._largest} are allowed"
                payload = encode([[None], [[0, Verdict.OUTPUT.value, detail]], [nanoseconds]])
            _write(frame(self._exchange, payload))

    def _clear(self) -> None:
        self._values: list[Any] = []
        self._failures: list[list[Any]] = []
        self._nanoseconds: list[int] = []


class Service:
    """A worker's side of the conversation.

    Args:
        progress: one number that the host can see: how many items of the exchange are done.
        largest: bytes that one reply may have.
    """

    def __init__(self, progress: memoryview, largest: int) -> None:
        self._inbox = io.BufferedReader(io.FileIO(INBOX, closefd=False), 1 << 16)
        self._progress = progress
        self._largest = largest
        self._program: Program | ToolFailure = ToolFailure(Verdict.INTERNAL, "no program was loaded")

    def serve(self) -> None:
        """Answer requests until the host hangs up."""
        while header := self._inbox.read(HEADER.size):
            length, exchange = HEADER.unpack(header)
            request = decode(self._inbox.read(length))
            replies = Replies(exchange, self._largest)
            if isinstance(request, str):
                self._load(request, replies)
            else:
                function, items = request
                self._run(function, items, replies)
            replies.flush()

    def _load(self, source: str, replies: Replies) -> None:
        started = time.perf_counter_ns()
        try:
            self._program = Program(source, self._largest)
        except ToolFailure as failure:
            self._program = failure
            replies.fail(failure, time.perf_counter_ns() - started)
        else:
            replies.add(True, time.perf_counter_ns() - started)  # noqa: FBT003  # the value that stands for "loaded"
        self._progress[0] += 1

    def _run(self, function: str, items: Sequence[Sequence[Any]], replies: Replies) -> None:
        program, progress = self._program, self._progress
        flushed = before = time.perf_counter_ns()
        for position, arguments in enumerate(items):
            try:
                if isinstance(program, ToolFailure):
                    raise program
                value = program.call(function, arguments)
            except ToolFailure as failure:
                now = time.perf_counter_ns()
                replies.fail(failure, now - before)
            else:
                now = time.perf_counter_ns()
                replies.add(value, now - before)
            progress[0] += 1
            before = now
            if now - flushed > _FLUSH_NANOSECONDS or position % _FLUSH_ITEMS == _FLUSH_ITEMS - 1:
                replies.flush()
                flushed = before = time.perf_counter_ns()


class NoText(io.TextIOBase):
    """Where a tool's prints go."""

    def write(self, text: str, /) -> int:
        """Take it and keep nothing."""
        return len(text)


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(OUTBOX, view) :]


def run(progress: memoryview, largest: int) -> None:
    """Serve as a worker, in a process that is already locked."""
    sys.stdout = sys.stderr = NoText()
    sys.stdin = io.StringIO()
    Service(progress, largest).serve()
