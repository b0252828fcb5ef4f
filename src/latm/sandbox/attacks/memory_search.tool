# A tool finds no other tool and no secret of the host in its own memory.
# expect: ok
# value: []
import sys


def attack():
    marks = tuple("_".join(pair) for pair in (("LATM", "CANARY"), ("benign", "neighbour"), ("API", "KEY=")))
    found = []
    for thing in sys.modules["gc"].get_objects():
        if type(thing) in (list, dict, tuple) and thing is not marks:
            inside = thing.values() if type(thing) is dict else thing
            found += [text for text in inside if type(text) is str and any(mark in text for mark in marks)]
    return found
