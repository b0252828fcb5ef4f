# A reply sent in the smallest pieces, as fast as can be, does not keep the host busy.
# expect: error time
# with: reply


def attack():
    os.write(4, struct.pack("<IQ", 300_000, exchange()))
    while True:
        os.write(4, b"x")
