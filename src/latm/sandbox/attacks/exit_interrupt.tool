# A tool that raises KeyboardInterrupt answers for it.
# expect: error
def attack():
    raise KeyboardInterrupt
