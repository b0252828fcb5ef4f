# A tool that swaps modules in sys.modules changes nothing for the next call.
# expect: ok
import sys


def attack():
    sys.modules["math"] = sys.modules["string"]
    sys.modules["re"] = None
    return "swapped"


def after():
    import math

    return math.sqrt(4) == 2
