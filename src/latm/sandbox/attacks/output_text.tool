# A text over the limit is output's failure.
# expect: output
def attack():
    return "x" * 5_000_000
