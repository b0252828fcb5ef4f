# Recursion past the stack's end is the tool's error.
# expect: error memory
import functools
import sys


class Deep:
    def __eq__(self, other):
        return [self] == [other] and [other] == [self]


def attack():
    sys.setrecursionlimit(10**9)
    return Deep() == Deep()
