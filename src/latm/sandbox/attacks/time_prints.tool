# A flood of prints reaches nobody and is stopped.
# expect: time
def attack():
    while True:
        print("x" * 10_000)
