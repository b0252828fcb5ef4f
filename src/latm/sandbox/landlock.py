"""Landlock: the kernel's own refusal of every file, TCP port, outside signal and abstract socket.

Needs no privilege; see landlock(7). Without a rule, it refuses everything that a ruleset handles.
"""

import ctypes
import struct

_CREATE_RULESET = 444
_RESTRICT_SELF = 446
_ASK_VERSION = 1

_FILES_BY_VERSION = {1: 1 << 13, 2: 1 << 14, 3: 1 << 15, 5: 1 << 16}
"""From which version on how many kinds of file access are known, as a bit past the last."""
_NETWORK_SINCE, _SCOPES_SINCE = 4, 6
_TCP_BIND_AND_CONNECT = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11


def restrict(libc: ctypes.CDLL) -> int:
    """Put this process and its forks under the strictest ruleset; the Landlock version, 0 if there is none.

    `no_new_privs` must be set.
    """
    version: int = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)
    if version < 1:
        return 0
    ruleset = everything(version)
    descriptor = libc.syscall(_CREATE_RULESET, ruleset, ctypes.c_size_t(len(ruleset)), 0)
    if descriptor < 0 or libc.syscall(_RESTRICT_SELF, descriptor, 0) != 0:
        return 0
    libc.close(descriptor)
    return version


def everything(version: int) -> bytes:
    """`struct landlock_ruleset_attr` with all that a version can refuse, as long as that version knows it."""
    files = max(bit for since, bit in _FILES_BY_VERSION.items() if since <= version) - 1
    fields = [files]
    if version >= _NETWORK_SINCE:
        fields.append(_TCP_BIND_AND_CONNECT)
    if version >= _SCOPES_SINCE:
        fields.append(_ABSTRACT_SOCKETS_AND_SIGNALS)
    return struct.pack(f"={len(fields)}Q", *fields)
