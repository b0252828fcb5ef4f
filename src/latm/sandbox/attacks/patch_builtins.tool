# A tool that patches builtins changes nothing for the next call.
# expect: ok error time
import sys


def attack():
    sys.modules["builtins"].len = lambda _: 42
    return len("x")


def after():
    return sys.modules["builtins"].len("xyz") == 3
