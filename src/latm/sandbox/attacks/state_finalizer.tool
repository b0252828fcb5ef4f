# A finalizer left behind does not run in the next call.
# expect: ok
import weakref

LEFT = []


class Left:
    pass


def attack():
    left = Left()
    left.itself = left
    weakref.finalize(left, LEFT.append, "ran")
    return "left"


def after():
    return not LEFT
