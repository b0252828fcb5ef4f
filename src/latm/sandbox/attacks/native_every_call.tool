# Of all system calls, made raw, only those of the filter's table work.
# expect: ok
# value: []
import sys

ctypes = sys.modules["ctypes"]
libc = ctypes.CDLL(None, use_errno=True)


# The filter's table, and the kernel's own returns from probes.
ALLOWED = {
    "x86_64": {0, 1, 9, 11, 12, 14, 15, 24, 25, 28, 202, 219, 228, 230, 231, 318, 335, 336},
    "aarch64": {63, 64, 94, 98, 113, 115, 124, 128, 135, 139, 214, 215, 216, 222, 233, 278},
}


def attack():
    machine = sys.implementation._multiarch.split("-")[0]
    found = []
    for number in range(1024):
        if number not in ALLOWED[machine]:
            ctypes.set_errno(0)
            if libc.syscall(number, -1, 0, 0, 0, 0, 0) != -1 or ctypes.get_errno() not in (1, 38):
                found.append(number)
    return found
