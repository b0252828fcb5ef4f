"""The host's side of the zygote: start it, ask it for workers, hear of their deaths."""

import asyncio
import contextlib
import fcntl
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from latm.errors import SandboxFailureError, SandboxUnavailableError
from latm.sandbox.handle import Handle
from latm.sandbox.processes import held
from latm.sandbox.protocol import Limits
from latm.sandbox.selftest import WHAT_TO_DO, demand_linux

_START = "import os, sys; sys.path.insert(0, os.read(0, 4096).decode()); from latm.sandbox.zygote import main; main()"
"""What it has to know comes by its input and its socket: a command line is there for all to read."""
_START_SECONDS = 30.0
_BIRTH_SECONDS = 10.0
_PIPE_BYTES = 1 << 18
"""A batch of a thousand questions fits, so that the worker need not wait for the host to be scheduled again."""


class Nursery:
    """Where workers come from: one zygote at a time; a dead one is replaced when the next worker is asked for.

    Args:
        limits: what a tool may use.

    Attributes:
        facts: what the kernel granted the zygote.
    """

    def __init__(self, limits: Limits) -> None:
        self.facts: dict[str, Any] = {}
        self._limits = limits
        self._zygote: _Zygote | None = None
        self._starting = asyncio.Lock()

    def held(self) -> int:
        """Bytes of memory that a worker holds before it runs a tool: the zygote's."""
        return held(self._zygote.number) if self._zygote is not None and self._zygote.alive else 0

    def workers(self) -> list[Handle]:
        """Every worker that has not been buried."""
        return self._zygote.workers() if self._zygote is not None else []

    async def start(self) -> "_Zygote":
        """The zygote, started if none lives.

        Raises:
            SandboxUnavailableError: it cannot lock itself on this machine.
        """
        async with self._starting:
            if self._zygote is None or not self._zygote.alive:
                demand_linux()
                await self.close()
                self._zygote = _Zygote(self._limits)
                self.facts = await self._zygote.ready()
            return self._zygote

    async def fork(self) -> Handle:
        """A fresh worker.

        Raises:
            SandboxFailureError: the zygote died meanwhile.
        """
        zygote = await self.start()
        return await zygote.fork()

    async def close(self) -> None:
        """End the zygote, and with it every worker."""
        zygote, self._zygote = self._zygote, None
        if zygote is not None:
            await zygote.close()


class _Zygote:
    """One zygote."""

    def __init__(self, limits: Limits) -> None:
        self.alive = True
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        self._births: dict[int, tuple[asyncio.Future[Handle], _Furniture]] = {}
        self._handles: dict[int, Handle] = {}
        self._last = 0
        self._control, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with there:
            self._process = _spawn(there.fileno())
        order = {"memory": limits.memory_bytes, "output": limits.output_bytes}
        with contextlib.suppress(ConnectionError):  # it is dead already, which will be heard of
            self._control.send(json.dumps(order).encode())
        self.number = self._process.pid
        self._control.setblocking(False)
        self._loop.add_reader(self._control.fileno(), self._hear)

    async def ready(self) -> dict[str, Any]:
        """Wait until it is locked; what the kernel granted."""
        try:
            return await asyncio.wait_for(self._ready, _START_SECONDS)
        except TimeoutError:
            self._hang_up("it was not ready in time")
            raise SandboxUnavailableError(f"The jail did not start within {_START_SECONDS:g} s.") from None

    def workers(self) -> list[Handle]:
        """Every worker that has not been buried."""
        return list(self._handles.values())

    async def fork(self) -> Handle:
        """A fresh worker."""
        self._last = name = self._last + 1
        born: asyncio.Future[Handle] = self._loop.create_future()
        furniture = _Furniture()
        self._births[name] = born, furniture
        try:
            self._order({"fork": name}, furniture.there)
            return await asyncio.wait_for(born, _BIRTH_SECONDS)
        except BaseException as error:
            furniture.let_go(born)
            if isinstance(error, TimeoutError):
                self._hang_up("it stopped answering")
                raise SandboxFailureError("The zygote stopped answering.") from None
            raise
        finally:
            del self._births[name]
            furniture.hand_over()

    async def close(self) -> None:
        """End it, and wait until it is gone."""
        self._hang_up("the sandbox was closed")
        await asyncio.to_thread(self._process.wait)

    def _order(self, order: dict[str, Any], descriptors: list[int]) -> None:
        try:
            socket.send_fds(self._control, [json.dumps(order).encode()], descriptors)
        except OSError as error:
            self._hang_up("it takes no orders")
            raise SandboxFailureError(f"The zygote takes no orders: {error}.") from error

    def _hear(self) -> None:
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, 1 << 16, 1)
        except BlockingIOError:
            return
        except ConnectionError:
            message, descriptors = b"", []
        if message:
            self._take(json.loads(message), descriptors)
        else:
            self._hang_up("it died")

    def _take(self, news: dict[str, Any], descriptors: list[int]) -> None:
        match news:
            case {"born": name, "number": number}:
                self._born(name, number, descriptors[0])
            case {"unborn": name, "why": why} if name in self._births:
                _fail(self._births[name][0], SandboxFailureError(f"No worker could be forked: {why}."))
            case {"died": name, "status": status} if name in self._handles:
                self._handles.pop(name).died(status)
            case {"ready": facts}:
                self._ready.set_result(facts)
            case {"failed": trace}:
                sentence = f"The jail cannot be locked on this machine: {trace.strip()}"
                _fail(self._ready, SandboxUnavailableError(sentence, hint=WHAT_TO_DO))

    def _born(self, name: int, number: int, pidfd: int) -> None:
        birth, furniture = self._births.get(name, (None, None))
        if birth is None or furniture is None or birth.done():
            # Nobody waits for it any more; its pipes are closed, so it ends by itself.
            os.close(pidfd)
        else:
            # Registered at once, because the news of its death may be the next message.
            pipes = furniture.inbox, furniture.outbox
            self._handles[name] = handle = Handle(pidfd, number, *pipes, furniture.page, self._limits)
            birth.set_result(handle)

    def _hang_up(self, why: str) -> None:
        if not self.alive:
            return
        self.alive = False
        self._process.kill()
        self._loop.remove_reader(self._control.fileno())
        self._control.close()
        _fail(self._ready, SandboxUnavailableError(f"The jail did not start: {why}.", hint=WHAT_TO_DO))
        for birth, _ in self._births.values():
            _fail(birth, SandboxFailureError(f"The zygote is gone: {why}."))
        for handle in self._handles.values():
            handle.died(-signal.SIGKILL)


def _spawn(control: int) -> subprocess.Popen[bytes]:
    package, where = os.pipe()
    os.write(where, str(Path(__file__).parents[2]).encode())
    os.close(where)
    try:
        return subprocess.Popen(  # noqa: S603  # our own interpreter and our own file
            [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", _START, str(control)],
            env={},
            pass_fds=[control],
            stdin=package,
            # A terminal's Ctrl-C is for the host, which then closes the sandbox in order.
            start_new_session=True,
        )
    finally:
        os.close(package)


class _Furniture:
    """A worker's two pipes and its page of progress: the ends that go to it, and those that stay.

    Attributes:
        there: what the worker gets.
        inbox: where the host writes.
        outbox: where the host reads.
        page: the shared memory, mapped.
    """

    def __init__(self) -> None:
        inbox_there, self.inbox = os.pipe()
        self.outbox, outbox_there = os.pipe()
        with contextlib.suppress(PermissionError):  # a user has only so much for pipes; then it keeps its usual size
            fcntl.fcntl(self.inbox, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        memory = os.memfd_create("progress")
        os.ftruncate(memory, mmap.PAGESIZE)
        self.page = mmap.mmap(memory, mmap.PAGESIZE)
        self.there = [inbox_there, outbox_there, memory]

    def hand_over(self) -> None:
        """Close the worker's ends here; it has its own copies."""
        for descriptor in self.there:
            os.close(descriptor)

    def let_go(self, born: "asyncio.Future[Handle]") -> None:
        """Close the host's ends after a birth that came to nothing."""
        if born.done() and not born.cancelled() and born.exception() is None:
            born.result().kill()
        else:
            os.close(self.inbox)
            os.close(self.outbox)
            self.page.close()


def _fail(future: "asyncio.Future[Any]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
        # It may be that nobody waits for it any more.
        future.exception()
