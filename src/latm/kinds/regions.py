"""The regions of a kind's questions: fixed frame, closed holes and free holes, as spans of characters."""

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from latm.kinds.frame import Frame, Line, frame, line, runs
from latm.kinds.sampling import spread
from latm.kinds.template import HOLE
from latm.kinds.tokens import CUT, LINE, NUMBER, is_spaceless, tokens

TEXT = "{text}"
"""The sign for a free hole when regions are written out."""

_SAMPLE = 12
_LONG = 15
_MARKED = 10
_SIGNS_PER_WORD = 2
_DIFFERENT = 0.6
_INSTRUCTION = 8
_FEWEST = 3
_OWN = 5
_APOSTROPHES = {"'", "’"}
_WORD = re.compile(r"[^\W\d_]+")
_STOPS = frozenset(".!?。！？")  # fullwidth marks are intended
_MARKS = {'"', "'", "`", "“", "”", "«", "»", "「", "」", ">", "<"}
_Pair = tuple[str, str]
_Placed = tuple[tuple[str, str], tuple[str, ...]]
"""The tokens around a hole, and its own."""


class Role(StrEnum):
    """The role of a region: text that all questions have, a value to account for, or text that may be searched."""

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
    """Finds the regions of a kind's questions.

    Attributes:
        frame: the fixed text.
        free: the fixed tokens before and after each free hole.
    """

    frame: Frame
    free: frozenset[tuple[str, str]]

    def of(self, question: str) -> list[Region]:
        """The regions of one question, from its first character to its last. None is empty.

        Two frames or two holes are never adjacent. In a question of another kind nearly all is a hole. Short fixed
        text within a document (`Subject:`, `Best regards,`) is part of the document.
        """
        return _joined(part for run in _runs(question, self._spans(line(question))) for part in _as_document(run))

    def written(self, question: str) -> str:
        """A question as its regions: the fixed text as it is, `{…}` for closed holes, `{text}` for free ones."""
        return "".join(_written(question[one.start : one.end], one.role) for one in self.of(question)).strip()

    def _spans(self, one: Line) -> Iterator[Region]:
        at = 0
        for hole in _holes(one, self.frame):
            start, end = one.tokens[hole.first].start, one.tokens[hole.last].end
            yield Region(at, start, Role.FRAME)
            texts = one.texts[hole.first : hole.last + 1]
            is_free = hole.around in self.free or (bool(self.free) and _words(texts) >= _LONG and _is_prose(texts))
            yield Region(start, end, Role.FREE if is_free else Role.CLOSED)
            at = end
        yield Region(at, len(one.question), Role.FRAME)


def regions(questions: Sequence[str]) -> Regions:
    """Learn the regions of a kind from its questions.

    A hole is free if it holds prose with many pairs of words that no other example has, such as letters and
    documents. Half as many are enough between marks (quotes, tags, fences, JSON strings). Numbers, dates, names, lists
    of them, and stories told in the same few sentences are closed. More examples make the result surer.

    Args:
        questions: the questions of one kind; with fewer than three, everything is a hole.
    """
    lines = [line(question) for question in spread(questions, _SAMPLE)]
    fixed = frame(lines) if len(lines) > 2 else Frame()  # noqa: PLR2004  # two questions share too much by chance
    holes = [[(hole.around, one.texts[hole.first : hole.last + 1]) for hole in _holes(one, fixed)] for one in lines]
    often = Counter(pair for one in holes for pair in {pair for _, texts in one for pair in itertools.pairwise(texts)})
    if not _are_free(holes, often):
        return Regions(fixed, frozenset())
    seen: defaultdict[tuple[str, str], list[tuple[str, ...]]] = defaultdict(list)
    for around, texts in itertools.chain.from_iterable(holes):
        seen[around].append(texts)
    return Regions(fixed, frozenset(around for around, texts in seen.items() if _is_varied(texts, often)))


def _are_free(holes: Sequence[Sequence[_Placed]], often: Mapping[_Pair, int]) -> bool:
    """Whether the questions of a kind carry free text: prose with enough pairs of words that occur nowhere else."""
    if len(holes) < _FEWEST:
        return False
    is_marked = median(any(_MARKS.intersection(around) for around, _ in one) for one in holes)
    own = median(sum(_own(texts, often) for _, texts in one) for one in holes)
    has_prose = any(_is_prose(texts) for one in holes for _, texts in one)
    # A few examples have much that is unique by chance.
    few = max(1.0, _SAMPLE / len(holes)) ** 1.5
    return has_prose and own >= (_MARKED if is_marked else _LONG) * few


def _runs(question: str, spans: Iterable[Region]) -> Iterator[list[Region]]:
    """The regions between the fixed texts of instructions, and each of these texts alone."""
    parts = [part for one in spans for part in (_lines(question, one) if one.role is Role.FRAME else [one])]
    run: list[Region] = []
    for _, stretch in itertools.groupby(_numbered(question, parts), key=lambda one: one[0]):
        found = [part for _, part in stretch]
        instructs = _instructs(question, [part for part in found if part.role is Role.FRAME])
        for part in found:
            if part.role is Role.FRAME and (instructs or _has_marks(question, part)):
                yield run
                yield [part]
                run = []
            else:
                run.append(part)
    yield run


def _numbered(question: str, parts: Sequence[Region]) -> Iterator[tuple[int, Region]]:
    """The parts with the number of the stretch of a line that they belong to; a free hole is its own stretch."""
    number = 0
    for at, part in enumerate(parts):
        begins = part.role is Role.FREE or question[part.start - 1 : part.start] == "\n"
        number += begins or (at > 0 and parts[at - 1].role is Role.FREE)
        yield number, part


def _lines(question: str, one: Region) -> Iterator[Region]:
    at = one.start
    for text in question[one.start : one.end].split("\n"):
        end = min(at + len(text) + 1, one.end)
        yield Region(at, end, one.role)
        at = end


def _instructs(question: str, fixed: Sequence[Region]) -> bool:
    """Whether the fixed texts of a stretch are instructions: many words, or words at an end of the question."""
    words = [len(_WORD.findall(question, one.start, one.end)) for one in fixed]
    is_end = any(one.start == 0 or one.end == len(question) for one, count in zip(fixed, words, strict=True) if count)
    return sum(words) >= _INSTRUCTION or is_end


def _has_marks(question: str, one: Region) -> bool:
    texts = {token.text for token in tokens(question[one.start : one.end])}
    return not texts.isdisjoint(_MARKS - _APOSTROPHES)


def _as_document(run: Sequence[Region]) -> Sequence[Region]:
    is_document = any(one.role is Role.FREE for one in run)
    return [Region(run[0].start, run[-1].end, Role.FREE)] if is_document else run


def _written(text: str, role: Role) -> str:
    if role is Role.FREE:
        inner = text.strip()
        return text.replace(inner, TEXT, 1) if inner else text
    return HOLE if role is Role.CLOSED else text


def _joined(parts: Iterable[Region]) -> list[Region]:
    found: list[Region] = []
    for one in parts:
        if found and found[-1].role == one.role:
            found[-1] = Region(found[-1].start, one.end, one.role)
        elif one.end > one.start:
            found.append(one)
    return found


@dataclass(frozen=True, slots=True)
class _Hole:
    first: int
    last: int
    around: tuple[str, str]


def _holes(one: Line, fixed: Frame) -> Iterator[_Hole]:
    """The stretches of tokens that are not fixed; line ends at their ends belong to the frame."""
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


def _is_varied(texts: Sequence[tuple[str, ...]], often: Mapping[_Pair, int]) -> bool:
    """Whether the texts of one hole have unique words and rarely begin alike."""
    openings = {text[:3] for text in texts}
    own = median(_own(text, often) for text in texts)
    return len(texts) >= _FEWEST and len(openings) >= _DIFFERENT * len(texts) and own >= _OWN


def _own(texts: Sequence[str], often: Mapping[_Pair, int]) -> int:
    """How many pairs of words of a text are in no other question's holes."""
    pairs = {pair for pair in itertools.pairwise(texts) if pair[0].isalpha() and pair[1].isalpha()}
    return sum(often[pair] == 1 for pair in pairs)


def _words(texts: Sequence[str]) -> float:
    """How many words there are. Numbers do not count; two characters of a script without spaces count as one."""
    signs = sum(len(text) == 1 and is_spaceless(text) for text in texts)
    return sum(text.isalpha() for text in texts) - signs + signs / _SIGNS_PER_WORD


def _is_prose(texts: Sequence[str]) -> bool:
    """Whether words follow words and sentences end, unlike in lists and rows of numbers."""
    follow = sum(one.isalpha() and other.isalpha() for one, other in itertools.pairwise(texts))
    ends = sum(one.isalpha() and other in _STOPS for one, other in itertools.pairwise(texts))
    words = len([text for text in texts if text.isalpha() or text == NUMBER])
    return CUT in texts or (follow >= words / 2 and ends > 1)
