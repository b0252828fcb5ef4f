# A tool cannot list a folder.
# expect: denied
import sys

os = sys.modules["os"]


def attack():
    return os.listdir("/")
