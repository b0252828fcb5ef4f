# No second view of a mapping can be had, and none can be moved to a chosen address.
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
    here = libc.mmap(0, 8192, 3, 0x22, -1, 0)
    return tried("mremap", [(here, 0, 4096, 1, 0), (here, 8192, 4096, 3, 1 << 40), (here, 8192, 8192, 5, 0), (here, 8192, 4096, 0, 0)])
