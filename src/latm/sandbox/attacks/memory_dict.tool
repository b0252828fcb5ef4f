# A dictionary that grows without end is stopped.
# expect: memory time
def attack():
    return len({number: str(number) * 50 for number in range(10**9)})
