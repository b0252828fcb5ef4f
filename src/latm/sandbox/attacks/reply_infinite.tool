# A number without end, written as a large one, is read as nothing.
# expect: ok
# value: null
# with: reply


def attack():
    send(exchange(), reply(b"j", "[1e999]"))
    while True:
        pass
