"""Examples that show how broad a kind is: those that cover what recurs in its questions, not the first that came."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from latm.kinds.frame import Line, line
from latm.kinds.tokens import NUMBER

_DIGITS = re.compile(r"\d+")
_TWICE = 2
_ENOUGH = 0.95


@dataclass(frozen=True, slots=True)
class Choice:
    """Examples of a kind.

    Attributes:
        shown: the indices of those to show to the maker, the most telling first.
        held_out: the indices of others, as broad, to verify with.
    """

    shown: tuple[int, ...]
    held_out: tuple[int, ...]


def choose(
    questions: Sequence[str], shown: int, held_out: int, *, at_most: int | None = None, characters: int | None = None
) -> Choice:
    """Choose examples that cover the variants of a kind: its wordings, notations, and lengths.

    Greedy cover of what recurs, weighted by how often it does: at least 63 % of the best cover of that size (Nemhauser,
    Wolsey and Fisher, 1978).

    Args:
        questions: of one kind.
        shown: how many to show.
        held_out: how many others to hold out; fewer if there are not enough.
        at_most: how many to show if so many are needed to cover 95 % of what recurs; None: `shown`.
        characters: the budget of the shown questions together; at least one is shown.
    """
    cover = _Cover([line(question) for question in questions])
    first = cover.next(shown, max(shown, at_most or 0), characters)
    return Choice(first, cover.next(held_out, held_out, None))


def _traits(line: Line) -> frozenset[str]:
    """What may set a question apart: its words and pairs, how its numbers are written, how long it is."""
    shapes = {
        f"number {_DIGITS.sub('9', line.written(token))}"
        for token in line.tokens
        if token.text == NUMBER and len(line.written(token)) < 24  # noqa: PLR2004  # an identifier has no notation
    }
    words = set(line.texts)
    pairs = {f"{a} {b}" for a, b in zip(line.texts, line.texts[1:], strict=False)}
    return frozenset({*shapes, *words, *pairs, f"length {int(math.log2(len(line.texts)))}"})


class _Cover:
    """Questions of a kind, of which some are taken, each time those that cover most of what recurs."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lengths = [len(one.question) for one in lines]
        self._traits = [_traits(one) for one in lines]
        counts = Counter(trait for one in self._traits for trait in one)
        size = len(lines)
        self._weights = {trait: math.sqrt(n / size) for trait, n in counts.items() if _TWICE <= n < size}
        self._open = set(range(size))

    def next(self, least: int, most: int, characters: int | None) -> tuple[int, ...]:
        """The questions that cover most, one after the other; more than the least only while they are needed."""
        left, total = dict(self._weights), sum(self._weights.values())
        budget = math.inf if characters is None else characters
        chosen: list[int] = []
        while len(chosen) < most and (len(chosen) < least or sum(left.values()) > (1 - _ENOUGH) * total):
            fitting = [index for index in self._open if self._lengths[index] <= budget or not chosen]
            if not fitting:
                break
            best = max(fitting, key=lambda index: (self._gain(index, left), -self._lengths[index], -index))
            chosen.append(best)
            self._open.discard(best)
            budget -= self._lengths[best]
            for trait in self._traits[best]:
                left.pop(trait, None)
        return tuple(chosen)

    def _gain(self, index: int, left: dict[str, float]) -> float:
        # Long questions have more of everything, so what is gained counts by the root of what it takes to read.
        traits = self._traits[index]
        return sum(left.get(trait, 0.0) for trait in traits) / math.sqrt(len(traits))
