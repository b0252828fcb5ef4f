# Comparing two values that hold each other deeply ends.
# expect: error time
def attack():
    one, other = [], []
    for _ in range(200_000):
        one, other = [one], [other]
    return one == other
