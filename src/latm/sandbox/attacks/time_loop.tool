# An endless loop is stopped.
# expect: time
def attack():
    while True:
        pass
