# Work inside one C function is stopped.
# expect: time memory
def attack():
    return sum(range(10**15))
