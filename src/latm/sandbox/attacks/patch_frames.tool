# A tool that rewrites its callers' variables changes nothing for the next call.
# expect: ok error
import sys


def attack():
    frame = sys._getframe()
    while frame is not None:
        for value in list(frame.f_locals.values()):
            if type(value) is list:
                value.clear()
            if hasattr(value, "_largest"):
                value._largest = 10**12
        frame = frame.f_back
    return "rewritten"


def after():
    return True
