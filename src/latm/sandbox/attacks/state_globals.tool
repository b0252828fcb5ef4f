# A tool's own globals do not reach the next call.
# expect: ok
# value: 1
SEEN = []


def attack():
    SEEN.append("question of another user")
    return len(SEEN)


def after():
    return not SEEN
