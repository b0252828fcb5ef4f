# What is no JSON is read as nothing.
# expect: ok
# value: null
# with: reply


def attack():
    send(exchange(), reply(b"j", "[1,]"))
    return "true"


def after():
    return True
