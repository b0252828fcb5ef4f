"""The zygote: a fresh interpreter that preloads, locks itself, and then forks workers at the host's word.

Started by exec with an empty environment and one descriptor, the control socket. Orders and answers are JSON, one a
datagram: `{"fork": n}` comes with a worker's three descriptors, `{"born": n}` goes back with a pidfd, and
`{"died": n, "status": s}` follows when it ends.
"""

import contextlib
import ctypes
import gc
import json
import mmap
import os
import resource
import select
import signal
import socket
import sys
import traceback
from typing import Any

from latm.sandbox import seccomp, stdlib, worker

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_HIGH = 64


class Zygote:
    """Forks workers until the host hangs up or dies.

    Args:
        control: the socket to the host.
        settings: `control` (a descriptor), `memory` and `output` (bytes).
    """

    def __init__(self, control: socket.socket, settings: dict[str, Any]) -> None:
        self._control = control
        self._settings = settings
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._host = os.pidfd_open(os.getppid())
        self._children: dict[int, tuple[int, int]] = {}
        self._poll = select.poll()
        machine = seccomp.architecture()
        if machine is None:
            raise OSError("there is no system-call table for this machine")
        self._machine = machine
        self._worker_filter = seccomp.program(seccomp.worker_rules(worker.INBOX, worker.OUTBOX), machine)

    def lock(self) -> dict[str, Any]:
        """Give up everything that forking and watching does not need; returns what the kernel granted."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        self._libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
        seccomp.no_new_privileges(self._libc)
        self._address_space = self._measure() + self._settings["memory"]
        seccomp.install(self._libc, seccomp.program(seccomp.ZYGOTE, self._machine))
        return {"seccomp": True}

    def serve(self) -> None:
        """Take orders."""
        self._poll.register(self._control, select.POLLIN)
        self._poll.register(self._host, select.POLLIN)
        while True:
            for descriptor, _ in self._poll.poll():
                if descriptor == self._host:
                    return
                if descriptor != self._control.fileno():
                    self._bury(descriptor)
                elif not self._obey():
                    return

    def _measure(self) -> int:
        with open("/proc/self/statm") as file:  # noqa: PTH123  # pathlib is not among what the zygote loads
            return int(file.read().split()[0]) * resource.getpagesize()

    def _obey(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._control, 4096, 3)
        if not message:
            return False
        name = json.loads(message)["fork"]
        pid = os.fork()
        if pid == 0:
            self._become_worker(descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        pidfd = os.pidfd_open(pid)
        self._children[pidfd] = name, pid
        self._poll.register(pidfd, select.POLLIN)
        socket.send_fds(self._control, [json.dumps({"born": name}).encode()], [pidfd])
        return True

    def _bury(self, pidfd: int) -> None:
        name, pid = self._children.pop(pidfd)
        self._poll.unregister(pidfd)
        os.close(pidfd)
        _, status = os.waitpid(pid, 0)
        self._control.sendmsg([json.dumps({"died": name, "status": os.waitstatus_to_exitcode(status)}).encode()])

    def _become_worker(self, descriptors: list[int]) -> None:
        try:
            progress = self._move_in(descriptors)
            self._lock_worker()
            worker.run(progress, self._settings["output"])
        finally:
            os._exit(70)

    def _move_in(self, descriptors: list[int]) -> memoryview:
        """Keep a worker's own descriptors at their fixed places, and no others."""
        shared = mmap.mmap(descriptors[2], mmap.PAGESIZE)
        for place, descriptor in zip((_HIGH, _HIGH + 1), descriptors, strict=False):
            os.dup2(descriptor, place)
        os.dup2(_HIGH, worker.INBOX)
        os.dup2(_HIGH + 1, worker.OUTBOX)
        os.closerange(0, worker.INBOX)
        os.closerange(worker.OUTBOX + 1, os.sysconf("SC_OPEN_MAX"))
        return memoryview(shared).cast("Q")

    def _lock_worker(self) -> None:
        self._libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        resource.setrlimit(resource.RLIMIT_AS, (self._address_space, self._address_space))
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        seccomp.install(self._libc, self._worker_filter)


def main() -> None:
    """Preload, lock, tell the host, serve."""
    settings = json.loads(sys.argv[1])
    control = socket.socket(fileno=settings["control"])
    try:
        stdlib.preload()
        zygote = Zygote(control, settings)
        stdlib.forget_the_rest()
        facts = zygote.lock()
        gc.collect()
        gc.freeze()
    except BaseException:
        control.sendmsg([json.dumps({"failed": traceback.format_exc(limit=3)[-2000:]}).encode()])
        raise
    control.sendmsg([json.dumps({"ready": facts}).encode()])
    with contextlib.suppress(ConnectionError):  # the host is gone, and with it the reason to be here
        zygote.serve()
    os._exit(0)
