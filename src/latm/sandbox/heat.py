"""How hot a program is: how often, lately, it was asked for. Workers of the hot ones are kept."""

import time
from collections import OrderedDict

_HALF_LIFE_SECONDS = 60.0
_BREATH_SECONDS = 1.0
"""Requests within this time count once: the making of a tool asks for each candidate often, and then never again."""
_REMEMBERED = 1024


class Heat:
    """Remembers a number of programs, the ones asked for last."""

    def __init__(self) -> None:
        self._heat: OrderedDict[int, tuple[float, float]] = OrderedDict()
        self._marked: OrderedDict[int, None] = OrderedDict()

    def touch(self, program: str) -> None:
        """It is asked for."""
        now, key = time.monotonic(), hash(program)
        heat, last = self._heat.get(key, (0.0, 0.0))
        if now - last >= _BREATH_SECONDS:
            self._heat[key] = heat * 0.5 ** ((now - last) / _HALF_LIFE_SECONDS) + 1.0, now
            self._heat.move_to_end(key)
            if len(self._heat) > _REMEMBERED:
                self._heat.popitem(last=False)

    def of(self, program: str) -> float:
        """How often it was asked for, what is a minute ago counting half."""
        heat, last = self._heat.get(hash(program), (0.0, 0.0))
        fading: float = 0.5 ** ((time.monotonic() - last) / _HALF_LIFE_SECONDS)
        return heat * fading

    def mark(self, program: str) -> None:
        """It went on computing after a reply: no worker of it is to be kept."""
        self._marked[hash(program)] = None
        if len(self._marked) > _REMEMBERED:
            self._marked.popitem(last=False)

    def marked(self, program: str) -> bool:
        """Whether it did."""
        return hash(program) in self._marked
