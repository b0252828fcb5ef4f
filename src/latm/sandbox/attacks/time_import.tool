# A program that does not finish importing is stopped.
# expect: time
while True:
    pass


def attack():
    return "never"
