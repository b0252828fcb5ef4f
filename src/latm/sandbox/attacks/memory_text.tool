# A text that grows without end is stopped.
# expect: memory time
def attack():
    text = "x"
    while True:
        text += text
