# A tool cannot become another program.
# expect: denied
import sys

os = sys.modules["os"]


def attack():
    os.execv("/bin/true", ["true"])
