# The interpreter's limits do not reach the next call.
# expect: ok
# value: 123456
import sys


def attack():
    sys.setrecursionlimit(123_456)
    sys.set_int_max_str_digits(0)
    return sys.getrecursionlimit()


def after():
    return sys.getrecursionlimit() == 1000 and sys.get_int_max_str_digits() == 4300
