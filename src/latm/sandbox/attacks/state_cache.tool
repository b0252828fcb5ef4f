# What a tool hides in the standard library's caches does not reach the next call.
# expect: ok
import re
import sys


def attack():
    sys.modules["copyreg"].dispatch_table["secret"] = "question of another user"
    sys.intern("secret of another user")
    re.compile("secret")
    return "hidden"


def after():
    return "secret" not in sys.modules["copyreg"].dispatch_table
