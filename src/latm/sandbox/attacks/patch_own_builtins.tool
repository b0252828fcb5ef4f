# A tool that patches its own builtins changes nothing for the next call.
# expect: ok
# value: 42
def attack():
    __builtins__["sum"] = lambda _: 42
    return sum([1])


def after():
    return sum([1, 2]) == 3
