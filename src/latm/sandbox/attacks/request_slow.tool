# A tool that takes its requests a byte at a time answers only for itself.
# expect: time
# with: reply
import time


def attack():
    while True:
        time.sleep(0.01)
        os.read(3, 1)
