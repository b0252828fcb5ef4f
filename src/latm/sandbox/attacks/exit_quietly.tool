# A tool that ends its process answers for it.
# expect: error
import sys

os = sys.modules["os"]


def attack():
    os._exit(0)
