# Of all system calls, made raw, only computing works.
# expect: ok
# value: []
import sys

ctypes = sys.modules["ctypes"]
libc = ctypes.CDLL(None, use_errno=True)


# What computing needs, what would only end or stop this process, and the kernel's own returns from probes.
HARMLESS = {
    "x86_64": {0, 1, 9, 10, 11, 12, 13, 14, 15, 24, 25, 28, 35, 39, 60, 96, 131, 186, 201, 202, 219, 228, 229, 230, 231,
               318, 335, 336},
    "aarch64": {63, 64, 93, 94, 98, 101, 113, 114, 115, 124, 128, 132, 134, 135, 139, 169, 172, 178, 214, 215, 216,
                222, 226, 233, 278},
}


def attack():
    machine = sys.implementation._multiarch.split("-")[0]
    found = []
    for number in range(1024):
        if number not in HARMLESS[machine]:
            ctypes.set_errno(0)
            if libc.syscall(number, -1, 0, 0, 0, 0, 0) != -1 or ctypes.get_errno() not in (1, 38):
                found.append(number)
    return found
