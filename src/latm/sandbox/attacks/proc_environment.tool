# A tool cannot read the environment of any process.
# expect: ok
# value: []
def attack():
    found = []
    for process in ["self", "thread-self", *range(1, 300)]:
        try:
            found.append(open(f"/proc/{process}/environ").read())
        except PermissionError:
            pass
    return found
