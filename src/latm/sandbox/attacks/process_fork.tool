# A tool cannot fork.
# expect: denied
import sys

os = sys.modules["os"]


def attack():
    child = os.fork()
    if child == 0:
        os._exit(0)
    return child
