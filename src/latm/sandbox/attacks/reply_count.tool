# A reply that announces four billion results is refused.
# expect: error
# with: reply


def attack():
    send(exchange(), struct.pack("<I", 2**32 - 1) + bytes(1000))
    while True:
        pass
