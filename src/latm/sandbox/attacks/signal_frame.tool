# A forged end of a signal's handler, which sets every register, ends only its worker.
# expect: error
import sys

NUMBERS = {"x86_64": 15, "aarch64": 139}


def attack():
    libc = sys.modules["ctypes"].CDLL(None)
    return libc.syscall(NUMBERS[sys.implementation._multiarch.split("-")[0]])
