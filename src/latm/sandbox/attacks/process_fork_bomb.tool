# A tool cannot fork however often it tries.
# expect: denied
import sys

os = sys.modules["os"]


def attack():
    for _ in range(10_000):
        try:
            os.fork()
        except OSError as error:
            last = error
    raise last
