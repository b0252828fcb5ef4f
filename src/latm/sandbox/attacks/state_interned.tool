# A number that a tool overwrites where the interpreter keeps one of each is right again in the next call.
# expect: ok error
import sys

ctypes = sys.modules.get("ctypes")


def attack():
    ctypes.memset(id(7) + object.__basicsize__ + 8, 8, 1)
    return "overwritten"


def after():
    return str(int("7")) == "7" and int("3") + int("4") == int("7")
