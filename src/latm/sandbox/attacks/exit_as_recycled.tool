# A tool that pretends to be a recycled worker answers for it.
# expect: error
import sys

os = sys.modules["os"]


def attack():
    os._exit(75)
