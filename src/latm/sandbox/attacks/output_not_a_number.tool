# A number that is none leaves the jail as text.
# expect: ok
# value: ["nan", "inf"]
def attack():
    return [float("nan"), float("inf")]
