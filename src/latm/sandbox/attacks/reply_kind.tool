# A result of a kind that there is not is refused.
# expect: error
# with: reply


def attack():
    send(exchange(), reply(b"?", ""))
    while True:
        pass
