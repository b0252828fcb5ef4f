# A tool that patches a class of the standard library changes nothing for the next call.
# expect: ok
# value: "patched"
import collections
import fractions


def attack():
    collections.Counter.most_common = lambda *_: "patched"
    fractions.Fraction.__add__ = lambda *_: "patched"
    return collections.Counter("aab").most_common(1)


def after():
    return collections.Counter("aab").most_common(1) == [("a", 2)]
