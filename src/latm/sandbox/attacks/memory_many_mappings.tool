# Tens of thousands of mappings of one page each stay within the limit of memory.
# expect: ok time
# value: true
import sys

ctypes = sys.modules["ctypes"]
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_size_t, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_size_t]


def attack():
    count = 0
    while count < 100_000 and libc.mmap(0, 4096, 1 + 2 * (count % 2), 0x22, -1, 0) not in (None, 2**64 - 1):
        count += 1
    return count < 70_000
