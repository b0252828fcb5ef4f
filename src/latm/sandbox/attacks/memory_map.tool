# Memory mapped around the allocator is refused.
# expect: memory
import sys


def attack():
    return len(sys.modules["mmap"].mmap(-1, 1 << 40, flags=0x22))
