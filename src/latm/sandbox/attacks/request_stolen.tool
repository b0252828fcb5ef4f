# A tool that reads its own requests answers only for itself.
# expect: time
# with: reply


def attack():
    while True:
        os.read(3, 1)
