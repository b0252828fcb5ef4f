# A tool cannot make its memory executable.
# expect: ok
# value: [-1, -1, -1, -1]
import sys

ctypes = sys.modules["ctypes"]
libc = ctypes.CDLL(None, use_errno=True)


def attack():
    memory = sys.modules["mmap"].mmap(-1, 4096, flags=0x22)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    return [libc.mprotect(ctypes.c_void_p(address), 4096, prot) for prot in (4, 5, 6, 7)]
