# A tool that raises SystemExit answers for it.
# expect: error
import sys


def attack():
    sys.exit(0)
