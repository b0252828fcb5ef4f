# A tool that says it gets on, and does not, is stopped.
# expect: time
import sys


def progress():
    for thing in sys.modules["gc"].get_objects():
        if type(thing).__name__ == "Service":
            return thing._progress
    frame = sys._getframe()
    while frame is not None:
        if "progress" in frame.f_locals:
            return frame.f_locals["progress"]
        frame = frame.f_back


def attack():
    page = progress()
    while True:
        page[0] = (page[0] + 1) % 2**63
