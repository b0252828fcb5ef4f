# High bits in a system call's arguments do not pass the filter.
# expect: ok
# value: [-1, -1, -1]
import sys

ctypes = sys.modules["ctypes"]
libc = ctypes.CDLL(None, use_errno=True)


def attack():
    machine = sys.implementation._multiarch.split("-")[0]
    write, mprotect = {"x86_64": (1, 10), "aarch64": (64, 226)}[machine]
    memory = sys.modules["mmap"].mmap(-1, 4096, flags=0x22)
    address = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(memory)))
    high = 1 << 32
    return [
        libc.syscall(write, ctypes.c_uint64(high | 2), address, 1),
        libc.syscall(write, ctypes.c_uint64(high | 9), address, 1),
        libc.syscall(mprotect, address, 4096, ctypes.c_uint64(high | 7)),
    ]
