# A hook that fails every audited event changes nothing for the next call.
# expect: ok error
import sys


def attack():
    sys.addaudithook(lambda *_: 1 / 0)
    return "hooked"


def after():
    return compile("1", "x", "eval") is not None
