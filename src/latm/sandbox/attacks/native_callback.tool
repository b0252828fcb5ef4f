# A tool cannot make a native callback, which needs executable memory.
# expect: memory error denied
import sys

ctypes = sys.modules["ctypes"]
libc = ctypes.CDLL(None, use_errno=True)


def attack():
    callback = ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 7)
    return callback()
