# A tool cannot kill its own worker in a way that looks like the machine.
# expect: denied
import sys

os = sys.modules["os"]


def attack():
    os.kill(os.getpid(), 9)
