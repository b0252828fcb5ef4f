# What a tool hangs on the garbage collector does not run in the next call.
# expect: ok error
import sys

gc = sys.modules.get("gc")
RUNS = []


def attack():
    gc.callbacks.append(lambda phase, info: RUNS.append(phase))
    gc.set_threshold(1)
    gc.set_debug(0)
    return "hooked"


def after():
    if gc is not None:
        gc.collect()
    return not RUNS and (gc is None or gc.get_threshold()[0] != 1)
