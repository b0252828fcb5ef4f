# Locks that inherit priority, requeue, wake by arithmetic, or are shared with other processes cannot be had.
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
    word = ctypes.c_int(0)
    number = 202 if ctypes.sizeof(ctypes.c_void_p) == 8 and sys.implementation._multiarch.split("-")[0] == "x86_64" else 98
    operations = [*range(14), *(128 + other for other in (2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13))]
    found = []
    for other in operations:
        ctypes.set_errno(0)
        if libc.syscall(number, ctypes.byref(word), other, 1, None, None, 0) != -1 or ctypes.get_errno() != 1:
            found.append(other)
    return found
