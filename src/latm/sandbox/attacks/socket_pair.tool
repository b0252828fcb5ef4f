# A tool cannot make a pair of sockets.
# expect: denied
import sys


def attack():
    return len(sys.modules["socket"].socketpair())
