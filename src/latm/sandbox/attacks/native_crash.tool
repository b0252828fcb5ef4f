# A tool that crashes its process answers for it.
# expect: error
import sys

ctypes = sys.modules["ctypes"]
libc = ctypes.CDLL(None, use_errno=True)


def attack():
    return ctypes.string_at(1)
