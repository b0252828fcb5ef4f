# A tool cannot look a name up.
# expect: error denied
import sys


def attack():
    return str(sys.modules["socket"].getaddrinfo("localhost", 80))
