"""The system-call filter: a list of what a process may still ask of the kernel, as classic BPF; all else fails.

Written from seccomp(2) and the kernel's `asm/unistd.h`. A refused call returns EPERM, so that CPython raises
`PermissionError` and the tool's own line can be shown; a call in another instruction set's numbering kills the process.
"""

import ctypes
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass

# linux/bpf_common.h, linux/filter.h
_LOAD = 0x20
_JUMP_EQUAL = 0x15
_JUMP_AT_LEAST = 0x35
_AND = 0x54
_RETURN = 0x06
# linux/seccomp.h
_ALLOW = 0x7FFF0000
_FAIL = 0x00050000
_KILL = 0x80000000
_EPERM = 1
_ENOSYS = 38
# offsets in struct seccomp_data
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2

_WORD = 0xFFFFFFFF
_PROT_READ_WRITE = 3
_PROT_EXEC = 4
_MAP_PRIVATE_ANONYMOUS = 0x22
_MAP_NORESERVE_STACK = 0x4000 | 0x20000
_MREMAP_MAYMOVE = 1
_MADV_DONTNEED = 4
_FUTEX_WAIT, _FUTEX_WAKE, _FUTEX_WAIT_BITSET = 128, 129, 137
"""Each within one process (`FUTEX_PRIVATE_FLAG`)."""
_FUTEX_CLOCK_REALTIME = 256
_NOBODYS_CLOCKS = tuple(range(12))
_REALTIME, _MONOTONIC = 0, 1


@dataclass(frozen=True, slots=True)
class Architecture:
    """How one machine numbers its system calls."""

    audit: int
    numbers: dict[str, int]


_X86_64 = {
    "read": 0, "write": 1, "close": 3, "fstat": 5, "poll": 7, "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11,
    "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "ioctl": 16, "sched_yield": 24,
    "mremap": 25, "madvise": 28, "dup": 32, "dup2": 33, "nanosleep": 35, "getpid": 39, "sendmsg": 46, "recvmsg": 47,
    "clone": 56, "exit": 60, "wait4": 61, "kill": 62, "fcntl": 72, "gettimeofday": 96, "getppid": 110,
    "sigaltstack": 131, "setpriority": 141, "prctl": 157, "gettid": 186, "futex": 202, "set_tid_address": 218,
    "restart_syscall": 219, "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231,
    "ppoll": 271, "set_robust_list": 273, "dup3": 292, "prlimit64": 302, "seccomp": 317, "getrandom": 318,
    "rseq": 334, "pidfd_open": 434, "clone3": 435, "close_range": 436,
}  # fmt: skip
_AARCH64 = {
    "dup": 23, "dup3": 24, "fcntl": 25, "ioctl": 29, "close": 57, "lseek": 62, "read": 63, "write": 64, "ppoll": 73,
    "fstat": 80, "exit": 93, "exit_group": 94, "set_tid_address": 96, "futex": 98, "set_robust_list": 99,
    "nanosleep": 101, "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115, "sched_yield": 124,
    "restart_syscall": 128, "kill": 129, "sigaltstack": 132, "rt_sigaction": 134, "rt_sigprocmask": 135,
    "setpriority": 140, "rt_sigreturn": 139, "prctl": 167, "gettimeofday": 169, "getpid": 172, "getppid": 173,
    "gettid": 178, "sendmsg": 211, "recvmsg": 212, "brk": 214, "munmap": 215, "mremap": 216, "clone": 220, "mmap": 222,
    "mprotect": 226, "madvise": 233, "wait4": 260, "prlimit64": 261, "seccomp": 277, "getrandom": 278, "rseq": 293,
    "pidfd_open": 434, "clone3": 435, "close_range": 436,
}  # fmt: skip
ARCHITECTURES = {"x86_64": Architecture(0xC000003E, _X86_64), "aarch64": Architecture(0xC00000B7, _AARCH64)}
_X32_FIRST = 0x40000000


@dataclass(frozen=True, slots=True)
class Check:
    """What one argument must be.

    Attributes:
        argument: its index.
        values: one of these, in its low word, which is all that the kernel reads of most.
        ignoring: bits that do not matter.
        zero: or zero in all of its 64 bits.
        more: or more than zero.
    """

    argument: int
    values: tuple[int, ...] = ()
    ignoring: int = 0
    zero: bool = False
    more: bool = False

    def __str__(self) -> str:
        if self.zero or self.more:
            return f"argument {self.argument} {'is 0' if self.zero else 'is not 0'}"
        spared = f", but for {self.ignoring:#x}," if self.ignoring else ""
        return f"argument {self.argument}{spared} is {' or '.join(map(hex, self.values))}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One allowed system call.

    Attributes:
        name: as in the kernel's tables; a machine without it skips the rule.
        why: what needs it.
        checks: what its arguments must be, all of them.
    """

    name: str
    why: str
    checks: tuple[Check, ...] = ()


_NO_EXEC = Check(2, values=(0,), ignoring=_WORD & ~_PROT_EXEC)

_CLOCKS = (
    Rule("clock_gettime", "`time`, if the C library cannot read the clock itself", (Check(0, values=_NOBODYS_CLOCKS),)),
    Rule("clock_nanosleep", "`time.sleep`", (Check(0, values=(_REALTIME, _MONOTONIC)),)),
)

_ENDING = (
    Rule("rt_sigprocmask", "the C library's `abort`"),
    Rule("rt_sigreturn", "the end of a signal's handler"),
    Rule("restart_syscall", "a sleep that was stopped and goes on"),
    Rule("exit_group", "the end of the process"),
)

ZYGOTE = (
    *_CLOCKS,
    *_ENDING,
    *(Rule(name, "orders and answers") for name in ("read", "write", "sendmsg", "recvmsg", "poll", "ppoll")),
    *(Rule(name, "what a worker is given") for name in ("close", "close_range", "fstat", "lseek", "fcntl", "ioctl")),
    *(Rule(name, "what a worker is given") for name in ("dup", "dup2", "dup3", "pidfd_open")),
    *(Rule(name, "forking and burying") for name in ("clone", "wait4", "kill", "getpid", "getppid", "gettid")),
    *(Rule(name, "the C library's part of a fork") for name in ("set_robust_list", "set_tid_address", "rseq")),
    *(Rule(name, "signals at a fork") for name in ("rt_sigaction", "sigaltstack")),
    *(Rule(name, "locking a worker further") for name in ("prctl", "seccomp", "prlimit64", "setpriority")),
    *(Rule(name, "the interpreter's memory") for name in ("munmap", "mremap", "brk", "madvise")),
    Rule("mprotect", "the interpreter's memory", (_NO_EXEC,)),
    Rule("mmap", "the interpreter's memory, and the page of progress", (_NO_EXEC,)),
    *(Rule(name, "CPython") for name in ("futex", "sched_yield", "getrandom", "exit", "nanosleep")),
)
"""What the zygote still needs: to take orders, to fork, and to lock each fork further."""


def worker_rules(inbox: int, outbox: int) -> tuple[Rule, ...]:
    """What a tool's process still needs: to compute, to take private memory, to read its inbox and write its outbox."""
    locks = Check(1, values=(_FUTEX_WAIT, _FUTEX_WAKE, _FUTEX_WAIT_BITSET), ignoring=_FUTEX_CLOCK_REALTIME)
    private = Check(3, values=(_MAP_PRIVATE_ANONYMOUS,), ignoring=_MAP_NORESERVE_STACK)
    readable = Check(2, values=(0,), ignoring=_PROT_READ_WRITE)
    return (
        Rule("read", "requests", (Check(0, values=(inbox,)),)),
        Rule("write", "replies", (Check(0, values=(outbox,)),)),
        Rule("sched_yield", "a worker that waits awake"),
        Rule("futex", "CPython's locks", (locks,)),
        Rule("mmap", "memory, where the kernel likes", (Check(0, zero=True), readable, private)),
        Rule("munmap", "memory given back"),
        Rule("brk", "the C library's small blocks"),
        Rule("mremap", "large blocks that grow", (Check(1, more=True), Check(3, values=(_MREMAP_MAYMOVE,)))),
        Rule("madvise", "the C library's memory given back", (Check(2, values=(_MADV_DONTNEED,)),)),
        Rule("getrandom", "`random` and `secrets`"),
        *_CLOCKS,
        *_ENDING,
    )


def shown(rules: Sequence[Rule]) -> list[str]:
    """A line for each rule: the call, what its arguments must be, what needs it."""
    return [f"{rule.name:<18}{' and '.join(map(str, rule.checks)) or 'any':<100}{rule.why}" for rule in rules]


def program(rules: Sequence[Rule], architecture: Architecture, refusal: int = _FAIL | _EPERM) -> bytes:
    """Assemble a filter: an array of `struct sock_filter`; `refusal` is what befalls a call that is not listed."""
    code = [_step(_LOAD, _ARCHITECTURE), _step(_JUMP_EQUAL, architecture.audit, 1, 0), _step(_RETURN, _KILL)]
    code.append(_step(_LOAD, _NUMBER))
    if architecture.audit == ARCHITECTURES["x86_64"].audit:
        code += [_step(_JUMP_AT_LEAST, _X32_FIRST, 0, 1), _step(_RETURN, _KILL)]
    # A libc that is told clone3 does not exist falls back on clone; told that it is forbidden, it gives up.
    code += [_step(_JUMP_EQUAL, architecture.numbers["clone3"], 0, 1), _step(_RETURN, _FAIL | _ENOSYS)]
    for rule in rules:
        if rule.name in architecture.numbers:
            code += _rule(rule, architecture.numbers[rule.name], refusal)
    return b"".join([*code, _step(_RETURN, refusal)])


def _rule(rule: Rule, number: int, refusal: int) -> list[bytes]:
    body = [step for check in rule.checks for step in _check_argument(check, refusal)]
    body.append(_step(_RETURN, _ALLOW))
    return [_step(_JUMP_EQUAL, number, 0, len(body)), *body]


def _check_argument(check: Check, refusal: int) -> list[bytes]:
    """Go on after these steps if the argument is right; else end."""
    low, refuse = _ARGUMENTS + 8 * check.argument, _step(_RETURN, refusal)
    if check.zero:
        right = [_step(_LOAD, low), _step(_JUMP_EQUAL, 0, 0, 2), _step(_LOAD, low + 4), _step(_JUMP_EQUAL, 0, 1, 0)]
        return [*right, refuse]
    if check.more:
        right = [_step(_LOAD, low), _step(_JUMP_EQUAL, 0, 0, 3), _step(_LOAD, low + 4), _step(_JUMP_EQUAL, 0, 0, 1)]
        return [*right, refuse]
    count = len(check.values)
    jumps = [_step(_JUMP_EQUAL, value, count - place, 0) for place, value in enumerate(check.values)]
    return [_step(_LOAD, low), _step(_AND, _WORD & ~check.ignoring), *jumps, refuse]


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


def architecture() -> Architecture | None:
    """This machine's, or None if there is no table for it."""
    # Not by `platform`, which would remember the host's name where tools could read it.
    return ARCHITECTURES.get(os.uname().machine) if struct.calcsize("P") == 8 else None  # noqa: PLR2004  # 64 bit


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def no_new_privileges(libc: ctypes.CDLL) -> None:
    """Give up, for good, what a set-uid program could give; every filter needs it.

    Raises:
        OSError: the kernel refused.
    """
    _check(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def install(libc: ctypes.CDLL, steps: bytes) -> None:
    """Put this process and all its forks under a filter, for good.

    Raises:
        OSError: the kernel refused.
    """
    pointer = ctypes.byref(_Program(len(steps) // 8, steps))
    _check(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, pointer, 0, 0))


def _check(returned: int) -> None:
    if returned != 0:
        raise OSError(ctypes.get_errno(), "the kernel refused")
