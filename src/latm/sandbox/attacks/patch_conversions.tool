# A tool that replaces how numbers are printed and texts are made sends no number for another.
# expect: ok error
# value: [1, 0.5]
import sys


def attack():
    encoder = sys.modules["json.encoder"]
    encoder.FLOAT_REPR = float.__repr__
    encoder.INFINITY = 1
    sys.float_repr_style = "legacy"
    return [1, 0.5]


def after():
    return sys.float_repr_style == "short" and sys.modules["json.encoder"].INFINITY == float("inf")
