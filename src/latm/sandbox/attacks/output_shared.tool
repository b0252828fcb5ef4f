# A small value that unfolds exponentially is contained.
# expect: memory time output error
def attack():
    value = []
    for _ in range(60):
        value = [value, value]
    return value
