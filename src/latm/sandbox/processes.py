"""What another process of this machine holds and uses."""

import time
from pathlib import Path


def processor_seconds(process: int) -> float:
    """What a process has had of the cores; 0 if it has ended. One system call, for which it need not be readable."""
    try:
        return time.clock_gettime((~process << 3) | 2)
    except OSError:
        return 0.0


def held(process: int) -> int:
    """Bytes that a process holds, with its page tables; 0 if it has ended, or may not be read."""
    try:
        text = Path(f"/proc/{process}/status").read_bytes()
    except OSError:
        return 0
    return sum(_kilobytes(text, name) for name in (b"VmRSS:", b"VmPTE:")) << 10


def _kilobytes(text: bytes, name: bytes) -> int:
    _, found, rest = text.partition(name)
    return int(rest.split(None, 1)[0]) if found else 0
