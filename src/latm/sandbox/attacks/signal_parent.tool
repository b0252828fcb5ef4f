# A tool cannot signal its parent.
# expect: denied
import sys

os = sys.modules["os"]


def attack():
    os.kill(os.getppid(), 9)
