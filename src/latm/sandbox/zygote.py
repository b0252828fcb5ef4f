"""The zygote: a fresh interpreter that preloads, locks itself, and then forks workers at the host's word.

Started by exec with an empty environment and one descriptor, the control socket. Orders and answers are JSON, one a
datagram: `{"fork": n}` comes with a worker's three descriptors, `{"born": n, "number": pid}` goes back with a pidfd,
and `{"died": n, "status": s}` follows when it ends. It has one thread, so that forking it is safe.
"""

import contextlib
import ctypes
import fcntl
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

from latm.sandbox import landlock, privileges, seccomp, stdlib, timezones, worker
from latm.sandbox.baseline import Baseline

_PR_SET_PDEATHSIG = 1
_NICE = 5
"""Of workers: the host, which serves them all, goes first."""


class Zygote:
    """Forks workers until the host hangs up or dies.

    Args:
        control: the socket to the host.
        memory: bytes of address space that a worker may take beyond what it starts with.
        output: bytes that one value may have, written out.
    """

    def __init__(self, control: socket.socket, memory: int, output: int) -> None:
        machine = seccomp.architecture()
        if machine is None:
            raise OSError(f"there is no table of system calls for {os.uname().machine}")
        self._machine = machine
        self._control = control
        self._output = output
        self._address_space = _address_space() + memory
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._worker_filter = seccomp.program(seccomp.worker_rules(worker.INBOX, worker.OUTBOX), machine)
        self._one_core = len(os.sched_getaffinity(0)) == 1
        self._pid = os.getpid()
        self._nice = os.getpriority(os.PRIO_PROCESS, 0)
        self._host = os.pidfd_open(os.getppid())
        self._children: dict[int, tuple[int, int]] = {}
        self._poll = select.poll()

    def lock(self) -> dict[str, Any]:
        """Give up everything that forking and watching does not need; what the kernel granted."""
        namespaces = privileges.give_up(self._libc)
        seccomp.no_new_privileges(self._libc)
        facts = {"landlock": landlock.restrict(self._libc), "namespaces": namespaces, "user": os.getuid()}
        seccomp.install(self._libc, seccomp.program(seccomp.ZYGOTE, self._machine))
        return facts

    def serve(self) -> None:
        """Take orders, and bury the dead."""
        self._baseline = Baseline()
        self._poll.register(self._control, select.POLLIN)
        self._poll.register(self._host, select.POLLIN)
        gc.collect()
        # Frozen objects are not touched by a worker's collections, so their pages stay shared.
        gc.freeze()
        while True:
            for descriptor, _ in self._poll.poll():
                if descriptor == self._host:
                    return
                if descriptor != self._control.fileno():
                    self._bury(descriptor)
                elif not self._obey():
                    return

    def _obey(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._control, 4096, 3)
        if not message:
            return False
        name = json.loads(message)["fork"]
        try:
            pid = os.fork()
        except OSError as error:
            self._tell({"unborn": name, "why": str(error)})
        else:
            if pid == 0:
                self._become_worker(descriptors)
            self._raise(name, pid)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        return True

    def _raise(self, name: int, pid: int) -> None:
        pidfd = os.pidfd_open(pid)
        self._children[pidfd] = name, pid
        self._poll.register(pidfd, select.POLLIN)
        self._tell({"born": name, "number": pid}, pidfd)

    def _bury(self, pidfd: int) -> None:
        name, pid = self._children.pop(pidfd)
        self._poll.unregister(pidfd)
        os.close(pidfd)
        _, status = os.waitpid(pid, 0)
        self._tell({"died": name, "status": os.waitstatus_to_exitcode(status)})

    def _tell(self, news: dict[str, Any], *descriptors: int) -> None:
        socket.send_fds(self._control, [json.dumps(news).encode()], descriptors)

    def _become_worker(self, descriptors: list[int]) -> None:
        try:
            progress = _move_in(descriptors)
            self._lock_worker()
            worker.run(progress, self._output, self._baseline, alone=self._one_core)
        finally:
            # Whatever happened, a worker must never go on as a second zygote.
            os._exit(os.EX_SOFTWARE)

    def _lock_worker(self) -> None:
        self._libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != self._pid:
            raise ProcessLookupError("the zygote died before its death could be watched")
        os.setpriority(os.PRIO_PROCESS, 0, min(19, self._nice + _NICE))
        resource.setrlimit(resource.RLIMIT_AS, (self._address_space, self._address_space))
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        seccomp.install(self._libc, self._worker_filter)


def _move_in(descriptors: list[int]) -> memoryview:
    """Keep a worker's own descriptors at their fixed places, and no others; its page of progress."""
    inbox, outbox, page = descriptors
    progress = memoryview(mmap.mmap(page, mmap.PAGESIZE)).cast("Q")
    aside = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, worker.OUTBOX + 1) for descriptor in (inbox, outbox)]
    for descriptor, place in zip(aside, (worker.INBOX, worker.OUTBOX), strict=True):
        os.dup2(descriptor, place)
    os.closerange(0, worker.INBOX)
    os.closerange(worker.OUTBOX + 1, os.sysconf("SC_OPEN_MAX"))
    return progress


def _address_space() -> int:
    with open("/proc/self/statm") as file:  # noqa: PTH123  # the zygote loads no pathlib
        return int(file.read().split()[0]) * mmap.PAGESIZE


def main() -> None:
    """Preload, lock, tell the host, serve."""
    control = socket.socket(fileno=int(sys.argv[1]))
    order = json.loads(control.recv(4096))
    try:
        stdlib.preload()
        timezones.preload(timezones.found())
        zygote = Zygote(control, order["memory"], order["output"])
        stdlib.forget_the_rest()
        privileges.forget_origins()
        facts = zygote.lock()
    except BaseException:
        control.sendmsg([json.dumps({"failed": traceback.format_exc(limit=3)[-2000:]}).encode()])
        raise
    stdlib.hush()
    control.sendmsg([json.dumps({"ready": facts}).encode()])
    with contextlib.suppress(ConnectionError):  # the host is gone, and with it the reason to be here
        zygote.serve()
    os._exit(0)
