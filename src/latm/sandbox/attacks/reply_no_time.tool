# The time that a call took is a number, and not less than none.
# expect: error
# with: reply


def attack():
    send(exchange(), reply(b"t", "x", 1, float("nan")) + reply(b"t", "x", 1, -1.0))
    while True:
        pass
