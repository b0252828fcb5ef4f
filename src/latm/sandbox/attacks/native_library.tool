# A tool cannot load a library.
# expect: error denied
import sys

ctypes = sys.modules["ctypes"]
libc = ctypes.CDLL(None, use_errno=True)


def attack():
    return str(ctypes.CDLL("/lib/x86_64-linux-gnu/libcrypt.so.1"))
