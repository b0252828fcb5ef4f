# A tool cannot signal everyone.
# expect: denied
import sys

os = sys.modules["os"]


def attack():
    os.kill(-1, 9)
