# A signal handler does not reach the next call.
# expect: denied
import sys


def attack():
    signal = sys.modules["signal"]
    signal.signal(signal.SIGUSR1, lambda *_: None)
    return "set"


def after():
    signal = sys.modules.get("signal")
    return signal is None or signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL
