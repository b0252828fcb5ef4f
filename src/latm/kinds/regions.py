"""The regions of a kind's questions: the fixed frame, closed holes and free holes, as spans of characters."""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from latm.kinds.frame import Frame, Line, frame, line, runs
from latm.kinds.sampling import spread
from latm.kinds.tokens import CUT, LINE, NUMBER, is_spaceless

_SAMPLE = 40
_LONG = 12
_MARKED = 6
_SIGNS_PER_WORD = 2
_DIFFERENT = 0.6
_MARKS = {'"', "'", "`", "“", "”", "«", "»", "「", "」", ">", "<"}


class Role(StrEnum):
    """What a region is: text that all questions have; a value to account for; text that may be searched."""

    FRAME = "frame"
    CLOSED = "closed"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of a question: `question[start:end]`."""

    start: int
    end: int
    role: Role


@dataclass(frozen=True, slots=True)
class Regions:
    """What tells the regions of a kind's questions.

    Attributes:
        frame: the fixed text.
        free: the fixed tokens before and after which a free hole stands.
    """

    frame: Frame
    free: frozenset[tuple[str, str]]

    def of(self, question: str) -> list[Region]:
        """The regions of one question, from its first character to its last, none empty.

        Two frames or holes are never side by side. In a question of another kind nearly all is a hole.
        """
        found: list[Region] = []
        one = line(question)
        for start, end, role in self._spans(one):
            if found and found[-1].role == role:
                found[-1] = Region(found[-1].start, end, role)
            elif end > start:
                found.append(Region(start, end, role))
        return found

    def _spans(self, one: Line) -> Iterator[tuple[int, int, Role]]:
        at = 0
        for hole in _holes(one, self.frame):
            start, end = one.tokens[hole.first].start, one.tokens[hole.last].end
            yield at, start, Role.FRAME
            yield start, end, Role.FREE if hole.around in self.free else Role.CLOSED
            at = end
        yield at, len(one.question), Role.FRAME


def regions(questions: Sequence[str]) -> Regions:
    """Learn the regions of a kind from its questions.

    A hole is free if what stands in it is long and hardly ever the same words: prose, documents; half as long is enough
    between marks (quotes, tags, fences, JSON strings). Numbers, dates, names and lists of them are closed.

    Args:
        questions: of one kind; at least three, or all is a hole.
    """
    lines = [line(question) for question in spread(questions, _SAMPLE)]
    fixed = frame(lines) if len(lines) > 2 else Frame()  # noqa: PLR2004  # two questions share too much by chance
    seen: defaultdict[tuple[str, str], list[tuple[str, ...]]] = defaultdict(list)
    for one in lines:
        for hole in _holes(one, fixed):
            seen[hole.around].append(one.texts[hole.first : hole.last + 1])
    return Regions(fixed, frozenset(around for around, texts in seen.items() if _is_free(around, texts)))


@dataclass(frozen=True, slots=True)
class _Hole:
    first: int
    last: int
    around: tuple[str, str]


def _holes(one: Line, fixed: Frame) -> Iterator[_Hole]:
    """The stretches of tokens that are not fixed; ends of lines at their ends belong to the frame."""
    for start, end in runs([not mark for mark in fixed.fixed(one)]):
        first, last = start, end - 1
        while first <= last and one.texts[first] == LINE:
            first += 1
        while last >= first and one.texts[last] == LINE:
            last -= 1
        if first <= last:
            before = one.texts[first - 1] if first else LINE
            after = one.texts[last + 1] if last + 1 < len(one.texts) else LINE
            yield _Hole(first, last, (before, after))


def _is_free(around: tuple[str, str], texts: Sequence[tuple[str, ...]]) -> bool:
    lengths = [_words(text) for text in texts]
    wanted = _MARKED if _MARKS.intersection(around) else _LONG
    openings = {text[:3] for text in texts}
    return median(lengths) >= wanted and len(openings) >= _DIFFERENT * len(texts) and any(map(_is_prose, texts))


def _words(texts: Sequence[str]) -> float:
    """How many words there are; numbers are none, two characters of a script without spaces are one."""
    signs = sum(len(text) == 1 and is_spaceless(text) for text in texts)
    return sum(text.isalpha() for text in texts) - signs + signs / _SIGNS_PER_WORD


def _is_prose(texts: Sequence[str]) -> bool:
    """Whether words follow words, as in sentences: not a list, nor rows of numbers."""
    follow = sum(one.isalpha() and other.isalpha() for one, other in itertools.pairwise(texts))
    return CUT in texts or follow >= len([text for text in texts if text.isalpha() or text == NUMBER]) / 2
