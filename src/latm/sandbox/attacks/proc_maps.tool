# A tool cannot see where its memory lies through /proc.
# expect: denied
def attack():
    return open("/proc/self/maps").read()
