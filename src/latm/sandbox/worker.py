"""What runs in a worker: read a request, run the tool, write the reply, until the host is done with it.

A request is the source of a program to load; or the name of a function, how many calls of it are wanted, for each of
its parameters the arguments of all these calls, and whether they are the last of the exchange. Replies come in the
order of the calls, as many to a frame as were done in a few milliseconds; `latm.sandbox.wire` has their form.
"""

import json
import os
from array import array
from collections.abc import Iterable, Sequence
from itertools import repeat
from json.scanner import make_scanner
from operator import sub
from time import perf_counter
from typing import Any

from latm.sandbox import wire
from latm.sandbox.baseline import Baseline
from latm.sandbox.plain import written
from latm.sandbox.program import MODULE, Program, ToolFailure
from latm.sandbox.protocol import Verdict
from latm.sandbox.wire import BETWEEN, FULL, HEADER, ONE, OVERHEAD, START, TEXT, frame

INBOX, OUTBOX = 3, 4
"""The descriptors that a worker has, and no others."""

DONE, SENT, REPLIED, BEAT = range(4)
"""What the page that worker and host share holds: how many calls of the exchange are done, how many requests the host
has sent, how many replies the worker has sent, and a number that moves while the worker waits awake. The tool can
write there too, so nothing hangs on them but which of its own calls a killed tool is blamed for, and when somebody
looks at a pipe."""

SOILED = 75
"""The exit status of a worker that found itself changed by its tool."""
EXHAUSTED = 76
"""The exit status of a worker that had no memory left to tell so."""

_READ = 1 << 16
_FLUSH_SECONDS = 2e-3
_AWAKE_SECONDS = 1e-4
"""How long a worker waits awake for the next request. To wake a core takes longer than a small tool, in a virtual
machine ten times as long."""
_KINDS = {
    Verdict.ERROR: wire.ERROR,
    Verdict.MEMORY: wire.MEMORY,
    Verdict.OUTPUT: wire.OUTPUT,
    Verdict.DENIED: wire.DENIED,
}


class Replies:
    """Results that wait to be written, in the order of the calls.

    Args:
        exchange: the id that they answer to.
        page: shared with the host; see `REPLIED`.

    Attributes:
        texts: of each.
        moments: when the first call began, and when each ended.
    """

    def __init__(self, exchange: int, page: memoryview) -> None:
        self._exchange = exchange
        self._page = page
        self.texts: list[str] = []
        self.moments = [perf_counter()]
        self._kinds: dict[int, int] = {}

    def note(self, kind: int, text: str) -> str:
        """Remember that the next result is of another kind than a text; what stands among the texts for it."""
        self._kinds[len(self.texts)] = kind
        return text

    def fail(self, failure: ToolFailure) -> str:
        """The same, for a failure."""
        return self.note(_KINDS[failure.verdict], failure.detail)

    def flush(self) -> None:
        """Write what waits, if anything does."""
        count, whole = len(self.texts), BETWEEN.join(self.texts)
        if count > 1 and whole.count(BETWEEN) == count - 1:
            self._write(self._columns(count) + whole.encode())
        else:  # a text, or several, of which one holds what would stand between them
            for index, text in enumerate(self.texts):
                taken = self.moments[index + 1] - self.moments[index]
                self._write(ONE.pack(1, self._kinds.get(index, TEXT), taken) + text.encode())
        # Emptied, not replaced: the loop that fills them holds on to them.
        self.texts.clear()
        self._kinds.clear()
        self.moments[:] = [perf_counter()]

    def _columns(self, count: int) -> bytes:
        kinds = bytearray((TEXT,)) * count
        for index, kind in self._kinds.items():
            kinds[index] = kind
        return START.pack(count) + kinds + array("d", map(sub, self.moments[1:], self.moments)).tobytes()

    def _write(self, payload: bytes) -> None:
        view = memoryview(frame(self._exchange, payload))
        while view:
            view = view[os.write(OUTBOX, view) :]
        self._page[REPLIED] += 1


class Service:
    """A worker's side of the conversation.

    Args:
        page: shared with the host.
        largest: bytes that one value may have, written out.
        baseline: what the process looked like before.
        alone: whether there is only one core, which the host needs while the worker waits awake.
    """

    def __init__(self, page: memoryview, largest: int, baseline: Baseline, *, alone: bool) -> None:
        self._received = bytearray()
        self._page = page
        self._largest = largest
        self._baseline = baseline
        self._awake = 0.0 if alone else _AWAKE_SECONDS
        self._heard = 0
        self._program: Program

    def serve(self) -> None:
        """Answer requests until the host hangs up, or the tool has changed this process."""
        while header := self._read(HEADER.size):
            length, exchange = HEADER.unpack(header)
            # The scanner alone: `JSONDecoder.decode` would look for white space around, which the host never writes.
            request, _ = _scan(self._read(length).decode("utf-8", "surrogatepass"), 0)
            self._answer(request, Replies(exchange, self._page))
            self._heard += 1
            self._stay_awake()

    def _read(self, size: int) -> bytes:
        """So many bytes of what the host sends; none if it has hung up.

        A file object would look first at what kind of file it reads, and that call is not allowed.
        """
        received = self._received
        while len(received) < size:
            if not (more := os.read(INBOX, _READ)):
                return b""
            received += more
        data = bytes(received[:size])
        del received[:size]
        return data

    def _stay_awake(self) -> None:
        """Wait a little for the next request without falling asleep, and let others have the core meanwhile."""
        page, enough = self._page, perf_counter() + self._awake
        while page[SENT] == self._heard and perf_counter() < enough:
            page[BEAT] = (page[BEAT] + 1) & 0xFFFF
            os.sched_yield()

    def _answer(self, request: Any, replies: Replies) -> None:
        if isinstance(request, str):
            self._load(request, replies)
        else:
            function, count, columns, last = request
            calls = zip(*columns, strict=True) if columns else repeat((), count)
            self._call(replies, function, calls, last=last)

    def _load(self, source: str, replies: Replies) -> None:
        try:
            self._program = Program(source)
            text = ""
        except ToolFailure as failure:
            text = replies.fail(failure)
        replies.texts.append(text)
        replies.moments.append(perf_counter())
        replies.flush()

    def _call(self, replies: Replies, function: str, calls: Iterable[Sequence[Any]], *, last: bool) -> None:
        # One loop with few calls of our own: beside a small tool each would be seen.
        page, program, texts, moments = self._page, self._program, replies.texts, replies.moments
        run, largest = program.function(function), self._largest
        due, length = moments[0] + _FLUSH_SECONDS, 0
        for done, arguments in enumerate(calls, page[DONE] + 1):
            try:
                text = written(run(*arguments), largest)
            except BaseException as error:  # noqa: BLE001  # whatever a tool raises is its verdict
                text = replies.fail(program.failure(error))
            if type(text) is not str:
                text = replies.note(*text)
            now = perf_counter()
            texts.append(text)
            moments.append(now)
            page[DONE] = done
            length += len(text) + OVERHEAD
            if now > due or length > FULL:
                replies.flush()
                due, length = moments[0] + _FLUSH_SECONDS, 0
        replies.flush()
        if last and not self._baseline.still_holds(program.imported, MODULE):
            os._exit(SOILED)


def run(page: memoryview, largest: int, baseline: Baseline, *, alone: bool) -> None:
    """Serve as a worker, in a process that is already locked."""
    try:
        Service(page, largest, baseline, alone=alone).serve()
    except MemoryError:
        os._exit(EXHAUSTED)


_scan = make_scanner(json.JSONDecoder())  # type: ignore[arg-type]  # the stub names the wrong class
