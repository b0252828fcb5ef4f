# A tool may try an import and go on without.
# expect: ok
# value: true
try:
    import numpy
except ImportError:
    numpy = None


def attack():
    return numpy is None
