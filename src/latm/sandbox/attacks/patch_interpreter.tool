# A tool that empties the interpreter's own tables changes nothing for the next call.
# expect: ok error
import sys


def attack():
    sys.stdout = sys.stderr = None
    sys.excepthook = sys.unraisablehook = None
    sys.modules.clear()
    return "emptied"


def after():
    import math

    return math.sqrt(9) == 3
