# A flood of replies is cut off.
# expect: error
# with: reply


def attack():
    while True:
        send(7, b"x" * 60_000)
