# A tool that ignores every signal is stopped all the same.
# expect: time
import sys


def attack():
    signal = sys.modules["signal"]
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        pass
