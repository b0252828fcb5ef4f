# A tool that says it gets on, and does not, is stopped.
# expect: time
import sys


def shared():
    for thing in sys.modules["gc"].get_objects():
        if type(thing).__name__ == "Service":
            return thing._page
    frame = sys._getframe()
    while frame is not None:
        if "page" in frame.f_locals:
            return frame.f_locals["page"]
        frame = frame.f_back


def attack():
    page = shared()
    while True:
        page[0] = (page[0] + 1) % 2**63
