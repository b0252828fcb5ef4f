# A tool cannot map memory that is writable and executable.
# expect: denied
import sys


def attack():
    return len(sys.modules["mmap"].mmap(-1, 4096, prot=7))
