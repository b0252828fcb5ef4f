# JSON nested without end is read by nobody, or as nothing.
# expect: ok
# value: null
# with: reply


def attack():
    send(exchange(), reply(b"j", "[" * 250_000))
    return "true"


def after():
    return True
