# An exception that never finishes telling itself is stopped.
# expect: time
class Endless(Exception):
    def __str__(self):
        while True:
            pass


def attack():
    raise Endless
