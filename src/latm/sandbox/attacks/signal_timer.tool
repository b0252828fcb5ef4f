# A tool cannot set a timer that goes off in a later call.
# expect: denied error
import sys


def attack():
    signal = sys.modules["signal"]
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    return "set"
