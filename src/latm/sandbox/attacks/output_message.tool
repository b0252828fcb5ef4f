# An exception with a huge message is cut short.
# expect: error
def attack():
    raise ValueError("x" * 5_000_000)
