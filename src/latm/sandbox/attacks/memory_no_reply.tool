# A tool that leaves its worker no memory to reply answers for it.
# expect: memory error time
KEPT = []


def attack():
    for size in (1 << 20, 1 << 12, 16):
        try:
            while True:
                KEPT.append(bytearray(size))
        except MemoryError:
            pass
    return "x" * 100_000
