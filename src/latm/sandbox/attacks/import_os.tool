# A tool cannot import os.
# expect: denied
def attack():
    return __import__("os").getcwd()
