# A value that is not plain data is the tool's error.
# expect: error
def attack():
    return object()
