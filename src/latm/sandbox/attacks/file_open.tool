# A tool cannot read a file through open().
# expect: denied
def attack():
    return open("/etc/passwd").read()
