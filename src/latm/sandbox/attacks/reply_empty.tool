# A flood of replies without results is cut off.
# expect: error
# with: reply


def attack():
    while True:
        send(exchange(), struct.pack("<I", 0))
