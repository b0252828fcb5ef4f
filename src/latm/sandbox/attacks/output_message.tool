# An exception with a huge message is cut short.
# expect: error
def attack():
    raise ValueError("x" * 50_000_000)
