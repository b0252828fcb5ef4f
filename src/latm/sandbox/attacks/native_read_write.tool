# Raw reads and writes reach no descriptor but the tool's own pipes.
# expect: ok
# value: [-1, -1]
import sys

ctypes = sys.modules["ctypes"]
libc = ctypes.CDLL(None, use_errno=True)


def attack():
    numbers = {"x86_64": (0, 1), "aarch64": (63, 64)}[sys.implementation._multiarch.split("-")[0]]
    space = ctypes.create_string_buffer(8)
    found = []
    for descriptor in [*range(3), *range(5, 300), -1, 2**31 - 1]:
        for number in numbers:
            if libc.syscall(number, descriptor, space, 1) != -1 or ctypes.get_errno() != 1:
                found.append([number, descriptor])
    return found + [libc.syscall(numbers[0], 4, space, 1), libc.syscall(numbers[1], 3, space, 1)]
