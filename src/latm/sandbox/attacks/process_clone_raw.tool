# A tool cannot clone by a raw system call.
# expect: ok
# value: []
import sys

ctypes = sys.modules["ctypes"]
libc = ctypes.CDLL(None, use_errno=True)


def attack():
    results = [libc.syscall(number, 17, 0, 0, 0, 0) for number in (56, 57, 58, 220, 435)]
    return [result for result in results if result != -1]
