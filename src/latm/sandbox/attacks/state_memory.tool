# Memory kept does not count against the next call.
# expect: ok
KEPT = []


def attack():
    KEPT.append(bytes(150 << 20))
    return "kept"


def after():
    return len(bytes(150 << 20)) == 150 << 20
