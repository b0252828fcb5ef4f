# Keys whose hashes were chosen to collide take the tool's own time.
# expect: time
import sys


def attack():
    step = sys.hash_info.modulus
    found = {}
    for number in range(200_000):
        found[number * step] = number
    return len(found)
