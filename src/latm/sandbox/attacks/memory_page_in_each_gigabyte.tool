# A page in each gigabyte cannot be had, so page tables cost a tool address space.
# expect: ok
# value: 0
import sys

ctypes = sys.modules["ctypes"]
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_size_t, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_size_t]


def attack():
    places = range(1 << 30, 1 << 46, 1 << 30)
    return sum(libc.mmap(place, 4096, 3, flags, -1, 0) == place for flags in (0x22, 0x32, 0x100022) for place in places[:4000])
