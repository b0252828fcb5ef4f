# A reply of another form is the tool's error.
# expect: error
# with: reply


def attack():
    send(exchange(), b"[[1]]")
    return "true"


def after():
    return True
