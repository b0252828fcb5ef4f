# A tool that waits for what never comes is stopped.
# expect: time
import queue


def attack():
    return queue.Queue().get()
