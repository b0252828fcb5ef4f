# A tool cannot read memory through /proc.
# expect: denied
def attack():
    return open("/proc/self/mem", "rb").read(1)
