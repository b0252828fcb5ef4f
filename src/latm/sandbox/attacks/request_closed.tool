# A tool cannot close its pipes.
# expect: denied
import sys

os = sys.modules["os"]


def attack():
    os.close(4)
