# A regular expression that backtracks without end is stopped.
# expect: time
import re


def attack():
    return bool(re.match(r"(a+)+$", "a" * 60 + "b"))
