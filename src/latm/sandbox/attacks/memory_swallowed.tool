# A tool that swallows MemoryError is contained.
# expect: time memory error
def attack():
    kept = []
    while True:
        try:
            kept.append(bytearray(1 << 20))
        except MemoryError:
            pass
