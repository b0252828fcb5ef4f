# A tool that overwrites all that it shares with the host gains nothing, and the next call is served.
# expect: ok error
import sys


def attack():
    for thing in sys.modules["gc"].get_objects():
        if type(thing).__name__ == "Service":
            for place in range(len(thing._page)):
                thing._page[place] = 2**64 - 1
    return "tried"


def after():
    return True
