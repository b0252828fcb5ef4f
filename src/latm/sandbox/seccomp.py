"""The system-call filter: a list of what a process may still ask of the kernel, as classic BPF; all else fails.

Written from seccomp(2) and the kernel's `asm/unistd.h`. A refused call returns EPERM, so that CPython raises
`PermissionError` and the tool's own line can be shown; a call in another instruction set's numbering kills the process.
"""

import ctypes
import platform
import struct
from collections.abc import Sequence
from dataclasses import dataclass

# linux/bpf_common.h, linux/filter.h
_LOAD = 0x20
_JUMP_EQUAL = 0x15
_JUMP_AT_LEAST = 0x35
_JUMP_ANY_BIT = 0x45
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

PROT_EXEC = 4
MAP_ANONYMOUS = 0x20
MADV_DONTNEED = 4


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
    "sigaltstack": 131, "prctl": 157, "gettid": 186, "time": 201, "futex": 202, "set_tid_address": 218,
    "restart_syscall": 219, "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231,
    "ppoll": 271, "set_robust_list": 273, "dup3": 292, "prlimit64": 302, "seccomp": 317, "getrandom": 318,
    "rseq": 334, "pidfd_open": 434, "clone3": 435, "close_range": 436,
}  # fmt: skip
_AARCH64 = {
    "dup": 23, "dup3": 24, "fcntl": 25, "ioctl": 29, "close": 57, "lseek": 62, "read": 63, "write": 64, "ppoll": 73,
    "fstat": 80, "exit": 93, "exit_group": 94, "set_tid_address": 96, "futex": 98, "set_robust_list": 99,
    "nanosleep": 101, "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115, "sched_yield": 124,
    "restart_syscall": 128, "kill": 129, "sigaltstack": 132, "rt_sigaction": 134, "rt_sigprocmask": 135,
    "rt_sigreturn": 139, "prctl": 167, "gettimeofday": 169, "getpid": 172, "getppid": 173, "gettid": 178,
    "sendmsg": 211, "recvmsg": 212, "brk": 214, "munmap": 215, "mremap": 216, "clone": 220, "mmap": 222,
    "mprotect": 226, "madvise": 233, "wait4": 260, "prlimit64": 261, "seccomp": 277, "getrandom": 278, "rseq": 293,
    "pidfd_open": 434, "clone3": 435, "close_range": 436,
}  # fmt: skip
ARCHITECTURES = {"x86_64": Architecture(0xC000003E, _X86_64), "aarch64": Architecture(0xC00000B7, _AARCH64)}
_X32_FIRST = 0x40000000


@dataclass(frozen=True, slots=True)
class Rule:
    """One allowed system call.

    Attributes:
        name: as in the kernel's tables; a machine without it skips the rule.
        argument: index of the argument to check; None: every call is allowed.
        equals: what the argument must be.
        any_bit: bits of which the argument must have one.
        no_bit: bits of which it must have none.
    """

    name: str
    argument: int | None = None
    equals: int | None = None
    any_bit: int = 0
    no_bit: int = 0


_COMPUTING = (
    *(Rule(name) for name in ("futex", "clock_gettime", "gettimeofday", "time", "clock_getres")),
    *(Rule(name) for name in ("munmap", "mremap", "brk", "sched_yield", "getrandom", "getpid", "gettid")),
    *(Rule(name) for name in ("nanosleep", "clock_nanosleep", "restart_syscall")),
    *(Rule(name) for name in ("rt_sigreturn", "rt_sigprocmask", "rt_sigaction", "sigaltstack")),
    Rule("mprotect", argument=2, no_bit=PROT_EXEC),
    # The C library gives memory back with this one; others would share pages with other processes, or pin them.
    Rule("madvise", argument=2, equals=MADV_DONTNEED),
    *(Rule(name) for name in ("exit", "exit_group")),
)

ZYGOTE = (
    *_COMPUTING,
    *(Rule(name) for name in ("read", "write", "close", "close_range", "fstat", "lseek", "poll", "ppoll", "fcntl")),
    *(Rule(name) for name in ("dup", "dup2", "dup3", "sendmsg", "recvmsg", "clone", "wait4", "kill", "getppid")),
    *(Rule(name) for name in ("prctl", "seccomp", "prlimit64", "pidfd_open", "ioctl")),
    *(Rule(name) for name in ("set_robust_list", "set_tid_address", "rseq")),
    Rule("mmap", argument=2, no_bit=PROT_EXEC),
)
"""What the zygote still needs: to take orders, to fork, and to lock each fork further."""


def worker_rules(inbox: int, outbox: int) -> tuple[Rule, ...]:
    """What a tool's process still needs: to compute, to take private memory, to read its inbox and write its outbox."""
    return (
        Rule("read", argument=0, equals=inbox),
        Rule("write", argument=0, equals=outbox),
        Rule("mmap", argument=3, any_bit=MAP_ANONYMOUS),
        *_COMPUTING,
    )


def program(rules: Sequence[Rule], architecture: Architecture) -> bytes:
    """Assemble a filter: an array of `struct sock_filter`."""
    code = [_step(_LOAD, _ARCHITECTURE), _step(_JUMP_EQUAL, architecture.audit, 1, 0), _step(_RETURN, _KILL)]
    code.append(_step(_LOAD, _NUMBER))
    if architecture.audit == ARCHITECTURES["x86_64"].audit:
        code += [_step(_JUMP_AT_LEAST, _X32_FIRST, 0, 1), _step(_RETURN, _KILL)]
    # A libc that is told clone3 does not exist falls back on clone; told that it is forbidden, it gives up.
    code += [_step(_JUMP_EQUAL, architecture.numbers["clone3"], 0, 1), _step(_RETURN, _FAIL | _ENOSYS)]
    for rule in rules:
        if rule.name in architecture.numbers:
            code += _rule(rule, architecture.numbers[rule.name])
    return b"".join([*code, _step(_RETURN, _FAIL | _EPERM)])


def _rule(rule: Rule, number: int) -> list[bytes]:
    if rule.argument is None:
        return [_step(_JUMP_EQUAL, number, 0, 1), _step(_RETURN, _ALLOW)]
    # The kernel reads these arguments as 32-bit values, so their low word is all there is to check.
    body = [_step(_LOAD, _ARGUMENTS + 8 * rule.argument)]
    if rule.equals is not None:
        body += [_step(_JUMP_EQUAL, rule.equals, 0, 1), _step(_RETURN, _ALLOW)]
    if rule.any_bit:
        body += [_step(_JUMP_ANY_BIT, rule.any_bit, 0, 1), _step(_RETURN, _ALLOW)]
    if rule.no_bit:
        body += [_step(_JUMP_ANY_BIT, rule.no_bit, 1, 0), _step(_RETURN, _ALLOW)]
    body.append(_step(_RETURN, _FAIL | _EPERM))
    return [_step(_JUMP_EQUAL, number, 0, len(body)), *body]


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


def architecture() -> Architecture | None:
    """This machine's, or None where there is no table for it."""
    return ARCHITECTURES.get(platform.machine()) if struct.calcsize("P") == 8 else None  # noqa: PLR2004  # 64 bit


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
