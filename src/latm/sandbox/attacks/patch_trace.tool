# A tool that traces its worker's code changes nothing for the next call.
# expect: ok error
import sys

SEEN = []


def attack():
    sys.setprofile(lambda frame, event, argument: SEEN.append(event))
    sys.settrace(lambda *_: None)
    return "tracing"


def after():
    return not SEEN and sys.getprofile() is None and sys.gettrace() is None
