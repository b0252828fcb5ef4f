# A number over the limit is output's failure.
# expect: output
def attack():
    return 1 << 40_000_000
