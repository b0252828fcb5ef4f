# A tool cannot set the clock.
# expect: denied
import time


def attack():
    time.clock_settime(time.CLOCK_REALTIME, 0)
