"""Who holds a claim: names for processes, by which others on the same machine can tell that one has died."""

import os
import platform
import secrets
from pathlib import Path

_GONE = "ZX"
"""The states of a process that has ended: one that nobody has asked about yet, and one that is being removed."""

_DIGITS = 10
"""No system numbers its processes higher; a longer number is not a process."""


def new_owner() -> str:
    """A name for a claim's owner: machine, process, when the process started, and a random part."""
    pid = os.getpid()
    return "/".join([_machine(), str(pid), _started(pid), secrets.token_hex(8)])


def is_alive(owner: str) -> bool:
    """Whether the owner of a claim may still be at work.

    Args:
        owner: as `new_owner` named it.

    Returns:
        False only where it is certain that its process has ended. Of other machines, and of names of another kind,
        nothing is known: they count as alive until their claims expire.
    """
    match owner.split("/"):
        case [machine, pid, started, _] if machine == _machine() and pid.isdecimal() and len(pid) < _DIGITS:
            return _started(int(pid)) in (started, "?")
    return True


def _machine() -> str:
    """The machine since it was booted, and the namespace that its process numbers are from."""
    try:
        booted = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{booted}-{os.stat('/proc/self/ns/pid').st_ino}"  # noqa: PTH116  # Path.stat is the same, longer
    except OSError:
        return platform.node().replace("/", "-")


def _started(pid: int) -> str:
    """When a process started, in clock ticks; `?` where that cannot be seen; empty where there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return "?" if _exists(pid) else ""
    fields = stat.rpartition(")")[2].split()  # the name before it may hold anything
    return "" if fields[0] in _GONE else fields[19]


def _exists(pid: int) -> bool:
    if os.name != "posix":
        return True  # to ask is to kill on other systems
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
