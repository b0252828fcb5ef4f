# A list that grows without end is stopped.
# expect: memory time
def attack():
    grown = [0]
    while True:
        grown += grown
