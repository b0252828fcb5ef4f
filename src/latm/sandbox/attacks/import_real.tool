# The real import finds nothing that is not in memory.
# expect: error denied
import sys


def attack():
    return str(sys.modules["builtins"].__import__("sqlite3"))
