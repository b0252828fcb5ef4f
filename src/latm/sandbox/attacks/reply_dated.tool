# A forged date of the year 0, in the form in which dates once were sent, is only text.
# expect: ok
# value: {"!date": [0, 0, 0]}
# with: reply


def attack():
    send(exchange(), reply(b"j", '{"!date":[0,0,0]}'))
    while True:
        pass
