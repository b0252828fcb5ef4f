"""Examples that show how broad a kind is: taken from each variant in turn so that they cover what recurs."""

import itertools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from latm.kinds.frame import Line, line
from latm.kinds.grouping import grouping
from latm.kinds.tokens import NUMBER

_DIGITS = re.compile(r"\d+")
_TWICE = 2
_EACH = 2
_IDENTIFIER = 24


@dataclass(frozen=True, slots=True)
class Choice:
    """Examples of a kind.

    Attributes:
        shown: the indices of the examples to show to the maker, the commonest variant first.
        held_out: the indices of others, equally broad, to verify with.
    """

    shown: tuple[int, ...]
    held_out: tuple[int, ...]


def choose(
    questions: Sequence[str], shown: int, held_out: int, *, at_most: int | None = None, characters: int | None = None
) -> Choice:
    """Choose examples that cover the variants of a kind: its wordings, layouts, notations, and lengths.

    The groups that grouping finds within one kind are its variants. Each gives examples in turn, the commonest
    first. Among its questions a greedy cover decides (Nemhauser, Wolsey and Fisher, 1978).

    Args:
        questions: the questions of one kind.
        shown: how many to show.
        held_out: how many others to hold out; fewer if there are not enough.
        at_most: how many to show if there are many variants: two of each, and one of each that came once; None:
            `shown`.
        characters: the most characters of all shown questions together; at least one is shown.
    """
    found = grouping(questions)
    variants = [list(one.members) for one in found.finest()]
    grouped = {index for one in variants for index in one}
    variants += [[index] for index in range(len(questions)) if index not in grouped]
    cover = _Cover([line(question) for question in questions], variants)
    wanted = max(shown, min(at_most or 0, _EACH * len(found.finest()) + len(found.loose)))
    return Choice(cover.next(wanted, characters), cover.next(held_out, None))


class _Cover:
    """Chooses among the questions of a kind, each time those that show most of what was not shown before."""

    def __init__(self, lines: Sequence[Line], variants: Sequence[list[int]]) -> None:
        self._variants = variants
        self._lengths = [len(one.question) for one in lines]
        self._traits: list[list[int]] = [[] for _ in lines]
        self._weights: list[float] = []
        having: defaultdict[str, list[int]] = defaultdict(list)
        for index, one in enumerate(lines):
            for trait in _traits(one):
                having[trait].append(index)
        # Whatever the same questions have is one trait, whether it is a word or a paragraph.
        counts = Counter(tuple(found) for found in having.values() if _TWICE <= len(found) < len(lines))
        for number, (found, count) in enumerate(sorted(counts.items())):
            self._weights.append(math.sqrt(count) * len(found) / len(lines))
            for index in found:
                self._traits[index].append(number)

    def next(self, count: int, characters: int | None) -> tuple[int, ...]:
        """The next questions, from each variant in turn, within the budget."""
        left = list(self._weights)
        budget = math.inf if characters is None else characters
        chosen: list[int] = []
        turns = itertools.cycle(self._variants)
        while len(chosen) < count and (open_ := self._fitting(budget if chosen else math.inf)):
            variant = open_.intersection(next(turns))
            if not variant:
                continue
            best = max(variant, key=lambda one: self._rank(one, left))
            chosen.append(best)
            self._variants = [[index for index in variant if index != best] for variant in self._variants]
            budget -= self._lengths[best]
            for trait in self._traits[best]:
                left[trait] = 0.0
        return tuple(chosen)

    def _fitting(self, budget: float) -> set[int]:
        return {index for variant in self._variants for index in variant if self._lengths[index] <= budget}

    def _rank(self, index: int, left: Sequence[float]) -> tuple[float, int, int]:
        # Long questions have more of everything, so the gain counts relative to the square root of the length.
        traits = self._traits[index]
        gain = sum(left[trait] for trait in traits) / math.sqrt(len(traits) or 1)
        return gain, -self._lengths[index], -index


def _traits(line: Line) -> frozenset[str]:
    """What may set a question apart: its words and pairs, the notation of its numbers, its length."""
    numbers = {line.written(token) for token in line.tokens if token.text == NUMBER}
    shapes = {f"number {_DIGITS.sub('9', number)}" for number in numbers if len(number) < _IDENTIFIER}
    pairs = {f"{one} {other}" for one, other in itertools.pairwise(line.texts)}
    return frozenset({*shapes, *line.texts, *pairs, f"length {int(math.log2(len(line.texts)))}"})
