# A tool finds no open descriptor but its own two pipes.
# expect: ok
# value: []
import sys

os = sys.modules["os"]


def attack():
    found = []
    for number in range(1024):
        try:
            os.fstat(number)
            found.append(number)
        except OSError:
            pass
        if number != 3:
            try:
                os.read(number, 1)
                found.append(number)
            except OSError:
                pass
    return found
