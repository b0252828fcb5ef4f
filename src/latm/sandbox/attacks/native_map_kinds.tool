# Memory that is shared, locked, filled ahead, droppable or growing down cannot be had, nor at a chosen address.
# expect: ok
# value: []
import sys

ctypes = sys.modules["ctypes"]
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = libc.mremap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_size_t, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_size_t]
libc.mremap.argtypes = [ctypes.c_size_t] * 3 + [ctypes.c_int, ctypes.c_size_t]


def tried(name, attempts):
    """What was not refused."""
    return [attempt for attempt in attempts if getattr(libc, name)(*attempt) not in (-1, 2**64 - 1)]


def attack():
    kinds = (0x21, 0x01, 0x2022, 0x8022, 0x28, 0x122, 0x40022, 0x100022)
    return tried("mmap", [(0, 4096, 3, kind, -1, 0) for kind in kinds] + [(1 << 40, 4096, 3, 0x22, -1, 0), (0, 4096, 8, 0x22, -1, 0)])
