# A loop that swallows every exception is stopped.
# expect: time
def attack():
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
