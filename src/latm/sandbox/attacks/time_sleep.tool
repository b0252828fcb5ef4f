# A tool that sleeps is stopped.
# expect: time
import time


def attack():
    time.sleep(3600)
