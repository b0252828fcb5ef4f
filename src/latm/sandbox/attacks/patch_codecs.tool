# What a tool makes of encodings and of how errors in them are handled does not reach the next call.
# expect: ok error
import sys

codecs = sys.modules["codecs"]
SEEN = []


def attack():
    codecs.register(SEEN.append)
    codecs.register_error("replace", lambda error: (SEEN.append(error) or "", error.end))
    codecs.register_error("strict", lambda error: ("", error.end))
    return "ä"


def after():
    try:
        b"\xff".decode("ascii")
    except UnicodeDecodeError:
        return b"\xff".decode("utf-8", "replace") == "\ufffd" and not SEEN
    return False
