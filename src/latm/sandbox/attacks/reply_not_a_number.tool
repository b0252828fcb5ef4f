# A number that is none is read as nothing.
# expect: ok
# value: null
# with: reply


def attack():
    send(exchange(), reply(b"j", "[NaN]"))
    while True:
        pass
