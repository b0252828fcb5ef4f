# A value nested too deeply is the tool's error.
# expect: error
def attack():
    value = []
    for _ in range(100_000):
        value = [value]
    return value
