# A reply to a request that was not made is refused.
# expect: error
# with: reply


def attack():
    send(12345, reply(b"t", "forged"))
    return "true"


def after():
    return True
