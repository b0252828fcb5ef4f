# The text of the interpreter cannot be made writable, and no page can be marked for semaphores.
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
    libc.mprotect.argtypes = [ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int]
    text = ctypes.cast(libc.mmap, ctypes.c_void_p).value & ~4095
    here = libc.mmap(0, 4096, 3, 0x22, -1, 0)
    return tried("mprotect", [(text, 4096, 3), (text, 4096, 7), (here, 4096, 8), (here, 4096, 1)])
