# A text that comes as JSON is but a text.
# expect: ok
# value: "x"
# with: reply


def attack():
    send(exchange(), reply(b"j", '"x"'))
    while True:
        pass
