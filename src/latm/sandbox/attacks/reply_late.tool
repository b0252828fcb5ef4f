# A reply to an earlier call does not pass for a reply to this one.
# expect: ok
# with: reply


KEPT = []


def attack():
    KEPT.append(exchange())
    return "kept"


def after():
    for number in KEPT:
        send(number, reply(b"t", "late"))
    return True
