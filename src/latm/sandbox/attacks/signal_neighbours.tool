# A tool cannot signal any process by guessing its number.
# expect: ok
# value: []
import sys

os = sys.modules["os"]


def attack():
    found = []
    for number in range(1, 5000):
        try:
            os.kill(number, 0)
            found.append(number)
        except PermissionError:
            pass
    return found
