# A finalizer that never ends is stopped.
# expect: time
class Left:
    def __del__(self):
        while True:
            pass


def attack():
    left = [Left()]
    return len(left)
