# A reply that never ends runs into the time limit.
# expect: time
# with: reply


def attack():
    os.write(4, struct.pack("<IQ", 1000, exchange()) + b"[")
    while True:
        pass
