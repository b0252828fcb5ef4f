# A tool that walks subclasses to native calls still cannot open a file.
# expect: ok
# value: []
def attack():
    found = []
    todo, seen = [object], set()
    while todo:
        for kind in type.__subclasses__(todo.pop()):
            if kind not in seen and kind is not type:
                seen.add(kind)
                todo.append(kind)
    for kind in seen:
        if kind.__name__ == "CDLL":
            libc = kind(None)
            found.append(libc.open(b"/etc/passwd", 0))
            found.append(libc.socket(2, 1, 0))
            found.append(0 if libc.system(b"true") == 0 else -1)
    return [number for number in found if number != -1]
