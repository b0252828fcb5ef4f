# Nothing that says something is refused.
# expect: error
# with: reply


def attack():
    send(exchange(), reply(b"a", "x"))
    while True:
        pass
