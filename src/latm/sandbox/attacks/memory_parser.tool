# A text that exhausts the parser is the tool's error.
# expect: error memory
def attack():
    return eval("(" * 100_000 + ")" * 100_000)
