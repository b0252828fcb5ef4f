# A tool cannot open a local socket.
# expect: denied
import sys


def attack():
    socket = sys.modules["socket"]
    return socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).fileno()
