# A tool cannot spawn a program.
# expect: denied
import sys

os = sys.modules["os"]


def attack():
    return os.posix_spawn("/bin/true", ["true"], {})
