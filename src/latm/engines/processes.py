"""A crew of processes on this machine. Each is a Python interpreter that takes calls through its pipes."""

import asyncio
import os
import pickle
import struct
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Any

from latm import __version__
from latm.answering.snapshot import Snapshot
from latm.engines.fleet import WorkerLostError
from latm.engines.worker import Told, ToolWorker, packed
from latm.errors import LatmError
from latm.question import Question
from latm.settings import Settings

_LENGTH = struct.Struct(">Q")
_PATIENCE = 10.0
"""Seconds that a process has to end by itself."""


class Processes:
    """Workers in processes of this machine. What they write to standard error is shown.

    Args:
        settings: the settings of their sandboxes.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._workers: dict[int, _Process] = {}
        self._shipped: tuple[Snapshot, bytes] = Snapshot(), b""

    async def hire(self) -> int:
        """Start a process; its number is its process id."""
        worker = await _Process.started()
        self._workers[worker.pid] = worker  # closing ends it, even if it refuses the settings
        await worker.call("begin", self._settings, __version__)
        return worker.pid

    async def dispatch(self, worker: int, snapshot: Snapshot, questions: Sequence[Question]) -> Sequence[Told]:
        """What its tools say. If it does not have the snapshot, that goes with the questions."""
        process = self._workers[worker]
        if process.knows is not snapshot:
            if self._shipped[0] is not snapshot:
                self._shipped = snapshot, packed(snapshot)
            process.knows = snapshot
            learnt = process.call("learn", self._shipped[1])
            _, told = await asyncio.gather(learnt, process.call("dispatch", list(questions)))
        else:
            told = await process.call("dispatch", list(questions))
        found: Sequence[Told] = told
        return found

    async def close(self) -> None:
        """End the processes, and kill those that do not end by themselves."""
        await asyncio.gather(*(worker.ended() for worker in self._workers.values()))
        self._workers.clear()


class _Process:
    """One process and the calls that it has not answered yet.

    Attributes:
        knows: the snapshot that the process has.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._calls: deque[asyncio.Future[Any]] = deque()
        self._listening = asyncio.create_task(self._listen())
        self.knows: Snapshot | None = None

    @classmethod
    async def started(cls) -> "_Process":
        pipe = asyncio.subprocess.PIPE
        return cls(await asyncio.create_subprocess_exec(sys.executable, "-m", __name__, stdin=pipe, stdout=pipe))

    @property
    def pid(self) -> int:
        return self._process.pid

    def call(self, name: str, *arguments: object) -> asyncio.Future[Any]:
        """Call a method of its worker. The call is sent at once, so that calls are answered in their order."""
        if self._listening.done():
            raise WorkerLostError(f"process {self.pid} has ended")
        answer = asyncio.get_running_loop().create_future()
        self._calls.append(answer)
        assert self._process.stdin is not None  # noqa: S101  # we asked for a pipe
        self._process.stdin.write(_framed((name, arguments)))
        return answer

    async def ended(self) -> None:
        assert self._process.stdin is not None  # noqa: S101  # we asked for a pipe
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _PATIENCE)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._listening

    async def _listen(self) -> None:
        try:
            with suppress(asyncio.IncompleteReadError, OSError):  # the process has ended
                await self._take_answers()
        finally:
            for answer in self._calls:
                if not answer.done():
                    answer.set_exception(WorkerLostError(f"process {self.pid} has ended"))
            self._calls.clear()

    async def _take_answers(self) -> None:
        assert self._process.stdout is not None  # noqa: S101  # we asked for a pipe
        while True:
            head = await self._process.stdout.readexactly(_LENGTH.size)
            said = pickle.loads(await self._process.stdout.readexactly(*_LENGTH.unpack(head)))  # noqa: S301  # our own
            answer = self._calls.popleft()
            if answer.cancelled():
                continue
            if isinstance(said, LatmError):
                answer.set_exception(said)
            else:
                answer.set_result(said)


def _framed(value: object) -> bytes:
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(data)) + data


def _serve(inbox: IO[bytes], outbox: IO[bytes]) -> None:
    """Answer calls until there are no more."""
    worker: ToolWorker | None = None
    try:
        while len(head := inbox.read(_LENGTH.size)) == _LENGTH.size:
            name, arguments = pickle.loads(inbox.read(*_LENGTH.unpack(head)))  # noqa: S301  # from the process that started this
            said: object = None
            try:
                if worker is None:
                    worker = ToolWorker(*arguments)
                else:
                    said = getattr(worker, name)(*arguments)
            except LatmError as error:
                said = error
            outbox.write(_framed(said))
            outbox.flush()
    finally:
        if worker is not None:
            worker.close()


def main() -> None:
    """Serve on the pipes that this process was started with. Nothing else may write to them."""
    inbox, outbox = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123  # a device
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    _serve(inbox, outbox)


if __name__ == "__main__":
    main()
