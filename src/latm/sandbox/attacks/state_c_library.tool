# What a tool sets in the C library does not reach the next call.
# expect: ok error
import sys
import time

ctypes = sys.modules.get("ctypes")


def attack():
    libc = ctypes.CDLL(None)
    libc.setenv(b"TZ", b"XXX-7", 1)
    libc.tzset()
    libc.setlocale(6, b"C")
    libc.srand(7)
    return "set"


def after():
    return time.localtime(0).tm_zone != "XXX"
