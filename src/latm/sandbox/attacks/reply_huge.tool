# A reply that announces gigabytes is refused before it is read.
# expect: error
# with: reply


def attack():
    os.write(4, struct.pack("<IQ", 2**32 - 1, exchange()))
    while True:
        os.write(4, b"x" * 4096)


def after():
    return True
