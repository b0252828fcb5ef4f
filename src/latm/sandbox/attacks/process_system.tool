# A tool cannot run a shell.
# expect: ok
# value: false
import sys

os = sys.modules["os"]


def attack():
    return os.system("true") == 0
