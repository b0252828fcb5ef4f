# A tool cannot read a file through an opener of its own.
# expect: denied error
import sys

os = sys.modules["os"]


def attack():
    return open("x", opener=lambda *_: os.open("/etc/passwd", 0)).read()
