# A value that contains itself is the tool's error.
# expect: error
def attack():
    value = []
    value.append(value)
    return value
