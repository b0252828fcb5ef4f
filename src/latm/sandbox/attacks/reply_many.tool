# A reply with more results than calls is refused.
# expect: error
# with: reply


def attack():
    send(exchange(), reply(b"t", "x" * 5, 1000))
    while True:
        pass


def after():
    return True
