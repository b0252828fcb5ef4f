# A hundred thousand lists are not read.
# expect: ok
# value: null
# with: reply


def attack():
    send(exchange(), reply(b"j", "[" + "[]," * 80_000 + "[]]"))
    while True:
        pass
