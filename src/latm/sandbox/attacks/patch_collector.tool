# What a tool hangs on the garbage collector does not run in the next call.
# expect: ok error
import sys

gc = sys.modules["gc"]
RUNS = []


def attack():
    gc.callbacks.append(lambda phase, info: RUNS.append(phase))
    gc.set_threshold(1)
    gc.set_debug(0)
    return "hooked"


def after():
    gc.collect()
    return not RUNS and gc.get_threshold() != (1, 10, 10)
