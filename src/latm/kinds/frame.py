"""The fixed frame of a group's questions: the stretches of text that nearly all of them share."""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from latm.kinds.sampling import spread
from latm.kinds.tokens import CUT, NUMBER, Token, tokens, weight

_SHARED = 0.9
_SAMPLE = 20
_LEAST_WEIGHT = 0.8
_LEAST_BETWEEN = 0.3
_PAIR, _TRIPLE = 2, 3
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Line:
    """A question and its tokens."""

    question: str
    tokens: tuple[Token, ...]
    texts: tuple[str, ...]

    def written(self, token: Token) -> str:
        """A token as it is written in the question."""
        return self.question[token.start : token.end]


def line(question: str) -> Line:
    """A question with its tokens."""
    found = tokens(question)
    return Line(question, tuple(found), tuple([token.text for token in found]))


@dataclass(frozen=True, slots=True)
class Frame:
    """Fixed text: the pairs and triples of tokens that nearly all questions of a group have.

    Attributes:
        stretches: the pairs and triples, in lower case and with numbers folded.
        numbers: the numbers that nearly all questions have, as they are written.
    """

    stretches: frozenset[tuple[str, ...]] = frozenset()
    numbers: frozenset[str] = frozenset()

    def fixed(self, line: Line, shortest: int = _PAIR) -> list[bool]:
        """Which tokens of a question are fixed text, in stretches of at least `shortest` tokens.

        A number is fixed if nearly all questions have the same one.
        """
        marks = [False] * len(line.texts)
        for size in range(min(shortest, _TRIPLE), _TRIPLE + 1):
            for at in range(len(marks) - size + 1):
                if line.texts[at : at + size] in self.stretches:
                    marks[at : at + size] = [True] * size
        _drop(line, marks, shortest, _LEAST_WEIGHT)
        for at, token in enumerate(line.tokens):
            marks[at] = marks[at] and self._stands(line, token)
        # A comma between two numbers is part of a list, a word between them is not.
        _drop(line, marks, 1, _LEAST_BETWEEN)
        return marks

    def _stands(self, line: Line, token: Token) -> bool:
        if token.text == NUMBER:
            return line.written(token) in self.numbers
        return token.text != CUT


def frame(lines: Sequence[Line]) -> Frame:
    """The frame of a group's questions. If there are many, a sample spread over them decides."""
    shown = spread(lines, _SAMPLE)
    counts = [Counter(_stretches(one.texts)) for one in shown]
    # Fixed text occurs equally often in all questions; separators of lists and phrases of documents do not.
    stretches = _shared(set(one.items()) for one in counts)
    numbers = _shared({one.written(token) for token in one.tokens if token.text == NUMBER} for one in shown)
    return Frame(frozenset(stretch for stretch, _ in stretches), numbers)


def _drop(line: Line, marks: list[bool], shortest: int, least: float) -> None:
    """Remove the marks of stretches that are too short or too light."""
    for start, end in runs(marks):
        if end - start < shortest or sum(map(weight, line.texts[start:end])) < least:
            marks[start:end] = [False] * (end - start)


def runs(marks: Sequence[bool]) -> list[tuple[int, int]]:
    """The stretches of marked tokens: the start and the end of each."""
    found: list[tuple[int, int]] = []
    start = None
    for at, mark in enumerate([*marks, False]):
        if mark and start is None:
            start = at
        elif not mark and start is not None:
            found.append((start, at))
            start = None
    return found


def _stretches(texts: Sequence[str]) -> list[tuple[str, ...]]:
    return [*itertools.pairwise(texts), *zip(texts, texts[1:], texts[2:], strict=False)]


def _shared(sets: Iterable[set[_T]]) -> frozenset[_T]:
    counts = Counter[_T]()
    size = 0
    for one in sets:
        counts.update(one)
        size += 1
    return frozenset(one for one, count in counts.items() if count >= _SHARED * size)
