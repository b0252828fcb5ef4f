# A value of a hundred thousand lists is refused.
# expect: output
def attack():
    return [[] for _ in range(100_000)]
