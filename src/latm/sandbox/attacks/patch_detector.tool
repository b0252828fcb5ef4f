# A tool that patches the check for patches changes nothing for the next call.
# expect: ok error time
import sys


def attack():
    sys.modules["latm.sandbox.baseline"].Baseline.still_holds = lambda *_: True
    sys.modules["builtins"].len = lambda _: 42
    return "hidden"


def after():
    return sys.modules["builtins"].len("xyz") == 3
