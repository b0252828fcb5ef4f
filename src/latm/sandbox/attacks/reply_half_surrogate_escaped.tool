# Half of a surrogate pair, escaped, is read as nothing.
# expect: ok
# value: null
# with: reply


def attack():
    send(exchange(), reply(b"j", '["\\ud800"]'))
    while True:
        pass
