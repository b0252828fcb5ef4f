# A tool cannot import relative to its worker.
# expect: denied
def attack():
    exec("from . import worker", {"__package__": "latm.sandbox", "__builtins__": __builtins__})
