"""A worker as the host holds it: two pipes, a page of progress, and a pidfd to kill it by."""

import asyncio
import contextlib
import mmap
import os
import select
import signal
from collections.abc import Iterable
from time import perf_counter

from latm.sandbox.conversation import Worker
from latm.sandbox.exchange import Exchange, Fate
from latm.sandbox.messages import MANY
from latm.sandbox.placement import Placement, seat
from latm.sandbox.processes import held, processor_seconds
from latm.sandbox.protocol import Limits
from latm.sandbox.wire import frame
from latm.sandbox.worker import BEAT, DONE, REPLIED, SENT

_READ = 1 << 16
"""Bytes read at once. A larger buffer is mapped and unmapped at each read, which takes longer than a tool."""

_MOMENT = 1
"""Milliseconds, the least that poll takes, for which a single call may hold up the loop."""
_AWAKE_SECONDS = 5e-5
"""How much of that is spent awake where the worker is: no core has to be woken then."""
_QUICK_SECONDS = 1e-3
"""A tool whose last call took longer is not waited for in this way."""


class Handle(Worker):
    """One worker that is a locked process.

    Args:
        pidfd: its process.
        number: of its process.
        inbox: where to write requests.
        outbox: where to read replies.
        page: memory that it shares with the host; `latm.sandbox.worker` says what is where.
        limits: what a tool may use.
    """

    def __init__(self, pidfd: int, number: int, inbox: int, outbox: int, page: mmap.mmap, limits: Limits) -> None:  # noqa: PLR0913, PLR0917  # a process and what it came with
        super().__init__(limits)
        self._pidfd = pidfd
        self._placement = Placement(pidfd, number)
        self.number = number
        self._quick = True
        self._inbox = inbox
        self._outbox = outbox
        self._memory = page
        self._page = memoryview(page).cast("Q")
        self._sent = 0
        self._unsent = bytearray()
        for descriptor in (inbox, outbox):
            os.set_blocking(descriptor, False)
        self._loop.add_reader(outbox, self._readable)
        self._poll = select.poll()
        self._poll.register(outbox, select.POLLIN)

    async def _deliver(self, payloads: Iterable[bytes], current: Exchange) -> None:
        beat, replied = self._page[BEAT], self._page[REPLIED]
        self._page[DONE] = 0
        self._send_all(payloads, current)
        self._look_later()
        if current.expected == 1:
            if self.used and self._quick:
                await self._linger(replied, beat)
            await current.fate
            # By this process's clock: the tool may say what it likes of its own.
            self._quick = current.seconds < _QUICK_SECONDS

    def held(self) -> int:
        """See `Worker.held`."""
        return held(self.number)

    def processor_seconds(self) -> float:
        """See `Worker.processor_seconds`."""
        return processor_seconds(self.number)

    def _send_all(self, payloads: Iterable[bytes], current: Exchange) -> None:
        frames = (frame(current.id, payload) for payload in payloads)
        if current.expected > MANY:
            with self._placement.on(seat(self.others)):
                self._send(next(frames))
        for one in frames:
            self._send(one)

    async def _linger(self, replied: int, beat: int) -> None:
        """Wait a moment for the reply before the loop turns: most tools are quicker than two of its turns.

        Only while nobody else wants the loop: all who are ready have their turn first, and may ask for workers. A
        worker that was awake while this process was has a core of its own, so that to wait awake does not hinder it.
        """
        awake = self._page[BEAT] != beat
        await asyncio.sleep(0)
        if self._crowd is None or not self._crowd.alone or not self.alive or not self.busy:
            return
        enough = perf_counter() + _AWAKE_SECONDS
        while awake and self._page[REPLIED] == replied and perf_counter() < enough:
            pass
        if self._page[REPLIED] == replied:
            self._poll.poll(_MOMENT)
        self._readable()

    def kill(self) -> None:
        """End the process, whatever it is doing, and let go of it."""
        if not self.alive:
            return
        self.alive = False
        with contextlib.suppress(ProcessLookupError):  # it ended by itself
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self._outbox)
        self._loop.remove_writer(self._inbox)
        for descriptor in (self._pidfd, self._inbox, self._outbox):
            os.close(descriptor)
        if not self._status.done():
            self._status.set_result(-signal.SIGKILL)
        self._end(Fate.DIED)
        self._page.release()
        self._memory.close()

    def died(self, status: int) -> None:
        """Hear how the process ended."""
        if not self._status.done():
            self._status.set_result(status)
        with contextlib.suppress(BlockingIOError):  # all has been read
            # What it wrote before it died still counts.
            while self.alive and self._read():
                continue
        self.kill()

    def _done(self) -> int:
        return int(self._page[DONE])

    def _send(self, data: bytes) -> None:
        self._sent += 1
        self._page[SENT] = self._sent
        if not self._unsent:
            data = data[self._write(data) :]
            if not data:
                return
            self._loop.add_writer(self._inbox, self._writable)
        self._unsent += data

    def _writable(self) -> None:
        del self._unsent[: self._write(self._unsent)]
        if not self._unsent:
            self._loop.remove_writer(self._inbox)

    def _write(self, data: bytes | bytearray) -> int:
        """How much of it is dealt with: the pipe takes what it has room for."""
        try:
            return os.write(self._inbox, data)
        except BlockingIOError:
            return 0
        except BrokenPipeError:
            # Its death is heard of elsewhere; nothing more can be sent.
            return len(data)

    def _readable(self) -> None:
        try:
            more = self._read()
        except BlockingIOError:  # nothing has arrived after all
            return
        if not more:
            self._loop.remove_reader(self._outbox)

    def _read(self) -> bool:
        """Take what has arrived; False if nothing more will come."""
        data = os.read(self._outbox, _READ)
        self._take_in(data)
        return bool(data)

    def _read_the_rest(self) -> None:
        with contextlib.suppress(BlockingIOError):  # nothing came at the last moment
            self._read()
