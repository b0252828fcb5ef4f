# A reply sent byte by byte without end is stopped.
# expect: time
# with: reply


def attack():
    os.write(4, struct.pack("<IQ", 200_000, exchange()))
    for _ in range(199_999):
        os.write(4, b"[")
        for _ in range(100_000):
            pass
