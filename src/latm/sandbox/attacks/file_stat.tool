# A tool cannot ask whether a file exists.
# expect: denied
import sys

os = sys.modules["os"]


def attack():
    return os.stat("/etc/passwd").st_size
