# A tool cannot import by exec with other names.
# expect: denied
def attack():
    exec("import os", {})
