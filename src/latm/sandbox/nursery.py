"""The host's side of the zygote: start it, ask it for workers, hear of their deaths."""

import asyncio
import json
import mmap
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from latm.errors import SandboxFailureError, SandboxUnavailableError
from latm.sandbox.handle import Handle
from latm.sandbox.protocol import Limits

_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from latm.sandbox.zygote import main; main()"
_START_SECONDS = 30.0


class Nursery:
    """Where workers come from. One zygote at a time; a dead one is replaced at the next fork."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._ready: asyncio.Future[dict[str, Any]] | None = None
        self._births: dict[int, asyncio.Future[int]] = {}
        self._handles: dict[int, Handle] = {}
        self._next = 0
        self._starting = asyncio.Lock()

    async def start(self) -> dict[str, Any]:
        """Start a zygote where none lives; what the kernel granted it.

        Raises:
            SandboxUnavailableError: it cannot lock itself here.
        """
        async with self._starting:
            if self._control is None:
                self._spawn()
            assert self._ready is not None  # noqa: S101  # _spawn sets it
            return await asyncio.wait_for(asyncio.shield(self._ready), _START_SECONDS)

    async def fork(self) -> Handle:
        """A fresh worker.

        Raises:
            SandboxFailureError: the zygote died meanwhile.
        """
        await self.start()
        name = self._next
        self._next += 1
        inbox, outbox, page = os.pipe(), os.pipe(), os.memfd_create("progress")
        os.ftruncate(page, mmap.PAGESIZE)
        progress = memoryview(mmap.mmap(page, mmap.PAGESIZE)).cast("Q")
        born = self._births[name] = asyncio.get_running_loop().create_future()
        control = self._control
        try:
            if control is None:
                raise SandboxFailureError("The zygote died while a worker was asked of it.")
            socket.send_fds(control, [json.dumps({"fork": name}).encode()], [inbox[0], outbox[1], page])
            pidfd = await born
        except BaseException:
            os.close(inbox[1])
            os.close(outbox[0])
            raise
        finally:
            self._births.pop(name, None)
            for descriptor in (inbox[0], outbox[1], page):
                os.close(descriptor)
        handle = Handle(pidfd, inbox[1], outbox[0], progress, self._limits)
        self._handles[name] = handle
        return handle

    async def close(self) -> None:
        """End the zygote, and with it every worker."""
        process, self._process = self._process, None
        self._hang_up("the sandbox was closed")
        if process is not None:
            process.kill()
            await asyncio.to_thread(process.wait)

    def _spawn(self) -> None:
        loop = asyncio.get_running_loop()
        if self._process is not None:
            self._process.wait()
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        here.setblocking(False)  # noqa: FBT003  # the socket module's own signature
        settings = {
            "control": there.fileno(),
            "memory": self._limits.memory_bytes,
            "output": self._limits.output_bytes,
        }
        package = Path(__file__).parents[2]
        command = [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", _START, str(package), json.dumps(settings)]
        self._process = subprocess.Popen(command, env={}, pass_fds=[there.fileno()], stdin=subprocess.DEVNULL)  # noqa: S603  # our own file
        there.close()
        self._control = here
        self._ready = loop.create_future()
        loop.add_reader(here.fileno(), self._hear)

    def _hear(self) -> None:
        assert self._control is not None  # noqa: S101  # the reader is removed with it
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, 65536, 1)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        if not message:
            self._hang_up("the zygote died")
            return
        news = json.loads(message)
        if "born" in news:
            self._born(news["born"], descriptors[0])
        elif "died" in news:
            if handle := self._handles.pop(news["died"], None):
                handle.died(news["status"])
        elif self._ready is not None and not self._ready.done():
            self._greet(news)

    def _greet(self, news: dict[str, Any]) -> None:
        assert self._ready is not None  # noqa: S101  # only called while it waits
        if "ready" in news:
            self._ready.set_result(news["ready"])
        else:
            self._ready.set_exception(SandboxUnavailableError(f"The jail cannot be locked: {news['failed']}"))

    def _born(self, name: int, pidfd: int) -> None:
        future = self._births.get(name)
        if future is None or future.done():
            os.close(pidfd)
        else:
            future.set_result(pidfd)

    def _hang_up(self, why: str) -> None:
        if self._control is None:
            return
        asyncio.get_running_loop().remove_reader(self._control.fileno())
        self._control.close()
        self._control = None
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(SandboxUnavailableError(f"The jail did not start: {why}."))
        for future in self._births.values():
            if not future.done():
                future.set_exception(SandboxFailureError(f"No worker was born: {why}."))
        for handle in self._handles.values():
            handle.died(-9)
        self._handles.clear()
