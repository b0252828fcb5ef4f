# An integer that takes quadratic time to read is not read.
# expect: ok
# value: null
# with: reply


def attack():
    send(exchange(), reply(b"j", "9" * 250_000))
    while True:
        pass
