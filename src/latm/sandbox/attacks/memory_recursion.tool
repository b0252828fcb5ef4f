# Endless recursion is the tool's error.
# expect: error
def attack():
    return attack()
