# A list over the limit is output's failure.
# expect: output
def attack():
    return list(range(200_000))
