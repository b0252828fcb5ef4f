# A tool cannot start a thread.
# expect: error denied
import sys


def attack():
    return sys.modules["_thread"].start_new_thread(print, ())
