# Half of a surrogate pair does not leave the jail.
# expect: error
# with: reply


def attack():
    send(exchange(), reply(b"t", b"\xed\xa0\x80"))
    while True:
        pass
