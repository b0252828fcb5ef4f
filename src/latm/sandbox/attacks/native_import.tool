# A tool cannot import ctypes.
# expect: denied
import ctypes


def attack():
    return ctypes.CDLL(None).getpid()
