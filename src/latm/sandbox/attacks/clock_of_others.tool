# The clocks of other processes cannot be read, and no timer can be set on them.
# expect: ok
# value: []
import sys
import time


def attack():
    found = []
    os = sys.modules["os"]
    for process in range(1, 3000):
        for clock in ((~process << 3) | 2, (~process << 3) | 6):
            try:
                time.clock_gettime(clock)
                found.append(process)
            except PermissionError:
                continue
    libc = sys.modules["ctypes"].CDLL(None)
    moment = (sys.modules["ctypes"].c_long * 2)(0, 1)
    return found + [clock for clock in (-14, 2, 7, 11) if libc.clock_nanosleep(clock, 0, moment, None) == 0]
