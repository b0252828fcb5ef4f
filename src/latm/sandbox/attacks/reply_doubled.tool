# A reply sent twice is taken once.
# expect: ok error
# with: reply


def attack():
    for _ in range(3):
        send(exchange(), reply(b"t", "doubled"))
    return "doubled"


def after():
    return True
