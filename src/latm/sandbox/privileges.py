"""Giving up privileges: the root user, capabilities, and the view of the machine's network and processes.

Each step is taken if the kernel allows it, and what was granted is told: none is needed for safety beside the
system-call filter, each would still stand if the filter had a hole.
"""

import ctypes
import os
import resource

from latm.sandbox import stdlib

_NOBODY = 65534
_NAMESPACES = {"user": 0x10000000, "net": 0x40000000, "ipc": 0x08000000, "uts": 0x04000000, "cgroup": 0x02000000}
_PR_SET_DUMPABLE = 4
_NAME = b"sandbox\0"
_PR_CAPBSET_DROP = 24
_PR_CAP_AMBIENT, _CLEAR_ALL = 47, 4
_LAST_CAPABILITY = 63
_CAPABILITY_VERSION_3 = 0x20080522


def give_up(libc: ctypes.CDLL) -> list[str]:
    """Become nobody, without capabilities, and alone; the namespaces that the kernel gave."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    others = [name for name in _NAMESPACES if name != "user"]
    alone = _unshare(libc, others)
    _drop_capability_bounds(libc)
    if os.geteuid() == 0:
        _become_nobody()
    # An ordinary user may have the other namespaces only together with one for users.
    alone += _unshare(libc, ["user"] if alone else ["user", *others]) or _unshare(libc, ["user"])
    _drop_capabilities(libc)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    return sorted(alone)


def _unshare(libc: ctypes.CDLL, names: list[str]) -> list[str]:
    return names if libc.unshare(sum(_NAMESPACES[name] for name in names)) == 0 else []


def _become_nobody() -> None:
    """Leave the root user if that is allowed; a container may have taken the right to do so."""
    try:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    except PermissionError:
        return


def _drop_capability_bounds(libc: ctypes.CDLL) -> None:
    libc.prctl(_PR_CAP_AMBIENT, _CLEAR_ALL, 0, 0, 0)
    for capability in range(_LAST_CAPABILITY + 1):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if libc.capset(header, nothing) != 0:
        raise OSError(ctypes.get_errno(), "capabilities cannot be given up")


def forget_origins() -> None:
    """Forget how and from where this process was started; what others can read of it says nothing either.

    In the interpreter's own memory a tool that reaches for it still finds the paths.
    """
    _wipe_command_line()
    stdlib.forget_paths()


def _wipe_command_line() -> None:
    """Overwrite the arguments and the environment where the kernel put them; see proc_pid_stat(5)."""
    with open("/proc/self/stat", encoding="ascii", errors="replace") as file:  # noqa: PTH123  # no pathlib here
        fields = file.read().rpartition(")")[2].split()
    for begin, end in ((fields[45], fields[46]), (fields[47], fields[48])):
        ctypes.memset(int(begin), 0, max(0, int(end) - int(begin)))
    ctypes.memmove(int(fields[45]), _NAME, len(_NAME))
