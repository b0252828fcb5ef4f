"""A sample spread over a sequence, the same every time."""

from collections.abc import Sequence
from typing import TypeVar

_GOLDEN = (5**0.5 - 1) / 2
_T = TypeVar("_T")


def spread(items: Sequence[_T], most: int) -> Sequence[_T]:
    """At most `most` of the items, in order, spread evenly and out of step with anything that repeats among them.

    Multiples of the golden ratio, modulo 1, have this property (Knuth, The Art of Computer Programming, vol. 3, 6.4).
    """
    if len(items) <= most:
        return items
    return [items[at] for at in sorted({int(number * _GOLDEN % 1 * len(items)) for number in range(most)})]
