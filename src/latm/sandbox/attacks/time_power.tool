# A power too large to finish is stopped.
# expect: time memory error
def attack():
    return (7 ** (7 ** 11)) % 10
