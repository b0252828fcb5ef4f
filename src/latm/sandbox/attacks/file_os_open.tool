# A tool cannot read a file through the os module.
# expect: denied
import sys

os = sys.modules["os"]


def attack():
    return os.read(os.open("/etc/passwd", os.O_RDONLY), 100)
