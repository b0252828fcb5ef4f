# An integer that the host could not print is read as nothing.
# expect: ok
# value: null
# with: reply


def attack():
    send(exchange(), reply(b"j", "9" * 4301))
    while True:
        pass
