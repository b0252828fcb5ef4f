# What tells of a failure cannot fill a prompt.
# expect: error
# with: reply


def attack():
    send(exchange(), reply(b"e", "x" * 250_000))
    while True:
        pass
