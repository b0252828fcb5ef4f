# Keys whose hashes were chosen to collide take the tool's own time.
# expect: time
def attack():
    step = 2**61 - 1
    found = {}
    for number in range(200_000):
        found[number * step] = number
    return len(found)
