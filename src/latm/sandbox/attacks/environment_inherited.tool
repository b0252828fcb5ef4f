# A tool's own environment tells it nothing.
# expect: ok
# value: []
import sys

os = sys.modules["os"]


def attack():
    return sorted(set(os.environ) - {"LC_CTYPE"})
