# A tool that aborts its process answers for it.
# expect: error
import sys

os = sys.modules["os"]


def attack():
    os.abort()
