# Page tables that the kernel builds for a tool count as its memory.
# expect: memory time
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
    while True:
        begin = libc.mmap(0, 64 << 20, 3, 0x4022, -1, 0)
        if begin in (None, 2**64 - 1):
            # No more can be had: what is held is held on to.
            continue
        for offset in range(0, 64 << 20, 2 << 20):
            ctypes.memset(begin + offset, 1, 1)
            libc.munmap(ctypes.c_void_p(begin + offset + 4096), ctypes.c_size_t((2 << 20) - 4096))
