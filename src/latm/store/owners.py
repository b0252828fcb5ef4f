"""Who holds a claim: names for processes, so that others on the same machine can tell when one has died."""

import os
import platform
import secrets
from pathlib import Path

_GONE = "ZX"
"""The states of an ended process: a zombie, and one that is being removed."""

_DIGITS = 10
"""The most digits of a process id on any system; a longer number is not a process."""


def new_owner() -> str:
    """A name for a claim's owner: machine, process, start of the process, and a random part."""
    pid = os.getpid()
    return "/".join([_machine(), str(pid), _started(pid), secrets.token_hex(8)])


def is_alive(owner: str) -> bool:
    """Whether the owner of a claim may still be at work.

    Args:
        owner: the owner's name, from `new_owner`.

    Returns:
        False only if it is certain that its process has ended. About other machines, and about other kinds of names,
        nothing is known: those owners count as alive until their claims expire.
    """
    match owner.split("/"):
        case [machine, pid, started, _] if machine == _machine() and pid.isdecimal() and len(pid) < _DIGITS:
            return _started(int(pid)) in (started, "?")
    return True


def _machine() -> str:
    """The machine's current boot, and the namespace of its process ids."""
    try:
        booted = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{booted}-{os.stat('/proc/self/ns/pid').st_ino}"  # noqa: PTH116  # Path.stat is the same, longer
    except OSError:
        return platform.node().replace("/", "-")


def _started(pid: int) -> str:
    """When a process started, in clock ticks; `?` if that cannot be seen; empty if there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return "?" if _exists(pid) else ""
    fields = stat.rpartition(")")[2].split()  # the name before it may contain anything
    return "" if fields[0] in _GONE else fields[19]


def _exists(pid: int) -> bool:
    if os.name != "posix":
        return True  # on other systems this call would kill the process
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
