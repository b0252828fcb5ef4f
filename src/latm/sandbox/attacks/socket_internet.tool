# A tool cannot open an internet socket.
# expect: denied
import sys


def attack():
    socket = sys.modules["socket"]
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM).fileno()
