# What is nested deeper than workers write is read as nothing.
# expect: ok
# value: null
# with: reply


def attack():
    send(exchange(), reply(b"j", "[" * 101 + "]" * 101))
    while True:
        pass
