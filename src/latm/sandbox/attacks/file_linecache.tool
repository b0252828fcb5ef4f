# A tool cannot read a file through the traceback machinery.
# expect: ok
# value: []
import sys


def attack():
    return sys.modules["linecache"].getlines("/etc/passwd")
