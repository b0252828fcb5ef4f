# Garbage on the reply channel is the tool's error.
# expect: error
# with: reply


def attack():
    os.write(4, b"\xff" * 1000)
    return "true"


def after():
    return True
