"""One instance of CPython for WebAssembly, in a thread of this process, and what it may ask of its host."""

import asyncio
import contextlib
import ctypes
import logging
import struct
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latm.errors import SandboxFailureError
from latm.sandbox.conversation import SLACK, Worker
from latm.sandbox.exchange import CRASHED, KILLED, Exchange, Fate
from latm.sandbox.protocol import Limits
from latm.sandbox.wire import frame
from latm.sandbox.worker import DONE

if TYPE_CHECKING:
    import wasmtime

_BASE_BYTES = 1 << 25
"""Of memory that the interpreter has before a tool runs, and some."""
_START_SECONDS = 30.0
_WASI = "wasi_snapshot_preview1"
_SUCCESS, _BAD_DESCRIPTOR, _NOT_SUPPORTED = 0, 8, 58
_INBOX, _OUTBOX = 0, 1
_ERRORS = 2
_LONGEST = 1 << 20
"""Bytes of one read or write; the rest is asked for again."""
_ABSOLUTE = 1
_Page = ctypes.c_uint64 * 8
"""See `latm.sandbox.worker.DONE`."""

_log = logging.getLogger("latm.sandbox")


class _EndedError(Exception):
    """The host is done with this instance."""


class Instance(Worker):
    """One instance, and the thread that it runs in.

    Args:
        limits: what a tool may use.
        compiled: the interpreter as machine code.
        guest: the program that it begins with.
    """

    def __init__(self, limits: Limits, compiled: Path, guest: str) -> None:
        super().__init__(limits)
        self._started: asyncio.Future[None] = self._loop.create_future()
        self._page, self._page_lock = _Page(), threading.Lock()
        self._inbox = _Inbox()
        self._outbox = _Outbox(limits.output_bytes + SLACK, self._arrive)
        self._ended = threading.Event()
        self._engine = engine()
        self._memory: Any = None
        self._size = 0
        self._thread = threading.Thread(target=self._run, args=(compiled, guest), daemon=True)
        self._thread.start()

    async def ready(self, order: bytes) -> None:
        """Wait until it serves.

        Raises:
            SandboxFailureError: it did not start.
        """
        self._inbox.put(order)
        try:
            await asyncio.wait_for(asyncio.shield(self._started), _START_SECONDS)
        except TimeoutError:
            raise SandboxFailureError("An instance did not start in time.") from None

    def kill(self) -> None:
        """See `Worker.kill`."""
        if not self.alive:
            return
        self.alive = False
        if self._timer is not None:
            self._timer.cancel()
        self._ended.set()
        self._inbox.close()
        self._outbox.close()
        self._engine.increment_epoch()
        self._settle(KILLED)

    def join(self) -> None:
        """Wait until its thread is gone."""
        self._thread.join()

    def held(self) -> int:
        """See `Worker.held`."""
        return self._size

    def processor_seconds(self) -> float:
        """See `Worker.processor_seconds`: all time but that in which it waits for a request."""
        return self._inbox.busy_seconds()

    async def _deliver(self, payloads: Iterable[bytes], current: Exchange) -> None:
        with self._page_lock:
            self._page[DONE] = 0
        for payload in payloads:
            self._inbox.put(frame(current.id, payload))
        self._look_later()

    def _done(self) -> int:
        with self._page_lock:
            return int(self._page[DONE])

    def _read_the_rest(self) -> None:
        """All that it wrote has been handed over already."""

    def _arrive(self, data: bytes) -> None:
        """Hand over what the instance wrote; called in its thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            self._loop.call_soon_threadsafe(self._take_written, data)

    def _take_written(self, data: bytes) -> None:
        self._outbox.taken(len(data))
        if not self.alive:
            return
        if not self._started.done():
            self._find_page(data)
        else:
            self._take_in(data)

    def _find_page(self, line: bytes) -> None:
        place = int(line)
        if not 0 < place <= self._size - ctypes.sizeof(_Page) or place % 8:
            self.kill()
            return
        with self._page_lock:
            if self._memory is not None:
                self._page = _Page.from_address(ctypes.addressof(self._memory.contents) + place)
        self._started.set_result(None)

    def _settle(self, status: int) -> None:
        """Hear how it ended; only the first word counts."""
        if not self._status.done():
            self._status.set_result(status)
        if not self._started.done():
            self._started.set_exception(SandboxFailureError(f"An instance ended at its start, status {status}."))
            self._started.exception()
        self._end(Fate.DIED)

    def _over(self, status: int) -> None:
        self._settle(status)
        self.kill()

    def _run(self, compiled: Path, guest: str) -> None:
        import wasmtime

        status = 0
        try:
            store = self._store(guest)
            module = wasmtime.Module.deserialize_file(self._engine, str(compiled))
            exports: Any = self._linker().instantiate(store, module).exports(store)
            memory = exports["memory"]
            self._memory, self._size = memory.data_ptr(store), memory.data_len(store)
            exports["_start"](store)
        except wasmtime.ExitTrap as trap:
            status = trap.code
        except Exception as error:  # noqa: BLE001  # a trap, or what one of our functions refused
            if not self._ended.is_set():
                _log.debug("An instance ended: %s", error)
            status = CRASHED
        with self._page_lock:
            # Its memory goes with the end of this function.
            self._page, self._memory = _Page(*self._page), None
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._over, status)

    def _store(self, guest: str) -> "wasmtime.Store":
        import wasmtime

        store = wasmtime.Store(self._engine)
        store.set_limits(memory_size=_BASE_BYTES + self._limits.memory_bytes, instances=1, memories=1)
        store.set_epoch_deadline(1)
        wasi = wasmtime.WasiConfig()
        wasi.argv = ["python", "-I", "-S", "-B", "-X", "utf8", "-c", guest]
        store.set_wasi(wasi)
        # The instance's monotonic clock begins here.
        self._began = time.monotonic_ns()
        return store

    def _linker(self) -> "wasmtime.Linker":
        """WASI, and our own functions for all that could wait or write."""
        import wasmtime

        linker = wasmtime.Linker(self._engine)
        linker.define_wasi()
        linker.allow_shadowing = True
        word = wasmtime.ValType.i32()
        kind = wasmtime.FuncType([word] * 4, [word])
        for name, function in (("fd_read", self._read), ("fd_write", self._write), ("poll_oneoff", self._sleep)):
            linker.define_func(_WASI, name, kind, function, access_caller=True)
        return linker

    def _read(self, caller: Any, descriptor: int, buffers: int, _count: int, told: int) -> int:
        if descriptor != _INBOX:
            return _BAD_DESCRIPTOR
        memory = caller["memory"]
        self._size = memory.data_len(caller)
        place, size = _words(memory, caller, buffers, 2)
        data = self._inbox.take(min(size, _LONGEST))
        memory.write(caller, data, place)
        memory.write(caller, struct.pack("<I", len(data)), told)
        return _SUCCESS

    def _write(self, caller: Any, descriptor: int, buffers: int, count: int, told: int) -> int:
        """Write the first part; the C library asks again for the rest."""
        memory = caller["memory"]
        self._size = memory.data_len(caller)
        place, size = _words(memory, caller, buffers, 2) if count else (0, 0)
        size = min(size, _LONGEST)
        if descriptor == _OUTBOX:
            self._outbox.put(bytes(memory.read(caller, place, place + size)))
        elif descriptor != _ERRORS:
            return _BAD_DESCRIPTOR
        memory.write(caller, struct.pack("<I", size), told)
        return _SUCCESS

    def _sleep(self, caller: Any, asked: int, happened: int, count: int, told: int) -> int:
        """Sleep so that a kill wakes; one clock at a time, which is what `time.sleep` asks for."""
        memory = caller["memory"]
        if count != 1:
            return _NOT_SUPPORTED
        user, kind, clock, until, _, flags = struct.unpack("<QB7xI4xQQH6x", memory.read(caller, asked, asked + 48))
        if kind != 0:
            return _NOT_SUPPORTED
        now = (time.time_ns() if clock == 0 else time.monotonic_ns() - self._began) if flags & _ABSOLUTE else 0
        if self._ended.wait(min(max(0, until - now) * 1e-9, threading.TIMEOUT_MAX)):
            raise _EndedError
        memory.write(caller, struct.pack("<QHB21x", user, 0, kind), happened)
        memory.write(caller, struct.pack("<I", 1), told)
        return _SUCCESS


class _Inbox:
    """Requests on their way to an instance."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting = bytearray()
        self._closed = False
        self._busy_since: float | None = time.monotonic()
        self._busy = 0.0

    def put(self, data: bytes) -> None:
        """Send."""
        with self._changed:
            self._waiting += data
            self._changed.notify()

    def close(self) -> None:
        """Nothing more will come."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def take(self, most: int) -> bytes:
        """Wait for some; called in the instance's thread."""
        with self._changed:
            self._busy, self._busy_since = self._busy_seconds(), None
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                raise _EndedError
            self._busy_since = time.monotonic()
            data = bytes(self._waiting[:most])
            del self._waiting[:most]
            return data

    def busy_seconds(self) -> float:
        """How long the instance has done anything but wait here."""
        with self._changed:
            return self._busy_seconds()

    def _busy_seconds(self) -> float:
        return self._busy + (0.0 if self._busy_since is None else time.monotonic() - self._busy_since)


class _Outbox:
    """What an instance wrote and nobody has read; an instance that writes more has to wait."""

    def __init__(self, most: int, arrive: Any) -> None:
        self._changed = threading.Condition()
        self._most = most
        self._arrive = arrive
        self._size = 0
        self._closed = False

    def put(self, data: bytes) -> None:
        """Write; called in the instance's thread."""
        with self._changed:
            self._changed.wait_for(lambda: self._size < self._most or self._closed)
            if self._closed:
                raise _EndedError
            self._size += len(data)
        self._arrive(data)

    def taken(self, size: int) -> None:
        """So much has been read."""
        with self._changed:
            self._size -= size
            self._changed.notify()

    def close(self) -> None:
        """Nobody reads any more."""
        with self._changed:
            self._closed = True
            self._changed.notify()


def _words(memory: Any, caller: Any, place: int, count: int) -> tuple[int, ...]:
    return struct.unpack(f"<{count}I", memory.read(caller, place & 0xFFFFFFFF, (place & 0xFFFFFFFF) + 4 * count))


def engine() -> "wasmtime.Engine":
    """An engine of its own: its epoch ends one instance alone."""
    import wasmtime

    config = wasmtime.Config()
    config.epoch_interruption = True
    config.memory_may_move = False
    config.cache = True
    return wasmtime.Engine(config)
