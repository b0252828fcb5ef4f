# Memory asked for in one go is refused.
# expect: memory
def attack():
    return len(bytearray(10**12))
