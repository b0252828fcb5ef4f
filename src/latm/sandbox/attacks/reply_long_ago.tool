# A call cannot have taken longer than its request is old.
# expect: error
# with: reply


def attack():
    send(exchange(), reply(b"t", "x", 1, 1e9))
    while True:
        pass
