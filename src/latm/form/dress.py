"""Dress: what stands around the content of an answer and says nothing itself."""

from dataclasses import dataclass
from typing import Any

from latm.form.lexicon import ANSWER_WORDS, CONCLUSIONS, DOUBTS
from latm.form.shapes import Folded, Json, Lines, Shape
from latm.form.tokens import Word, fenced, first_part, fold, head, is_courtesy, last_part, tail, unwrapped, words

_MOST_PARTS = 4
"""Sentences of courtesy at either end of a reply."""
_LONGEST_HOLE = 3
"""Words of a number with its unit, or of an option."""
_MOST_BEFORE = 12
"""Words that say that an answer comes."""
_STRONG = CONCLUSIONS | {"total", "sum", "amount", "value", "solution", "output", "here", "here's", "correct", "equals"}


@dataclass(frozen=True, slots=True)
class Frame:
    """Fixed words around the content.

    Attributes:
        before, after: folded words.
        note: what the words say beside the content (a caveat, a thing counted); answers with different notes differ.
    """

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    note: str = ""

    def hole(self, text: str, first: list[Word], last: list[Word]) -> str | None:
        """What stands between the words; None where a text does not have them."""
        before, after = len(self.before), len(self.after)
        if tuple(word.folded for word in first[:before]) != self.before:
            return None
        if after and tuple(word.folded for word in last[-after:]) != self.after:
            return None
        start = first[before - 1].end if before else 0
        end = last[-after].start if after else len(text)
        return text[start:end].strip() if start < end else None


@dataclass(frozen=True, slots=True)
class Content:
    """The content of one answer.

    Attributes:
        value: as its shape reads it.
        note: what the words around it say beside it.
        raw: the text that it was read from.
        shown: the answer without courtesy and without an explanation before it.
    """

    value: Any
    note: str
    raw: str
    shown: str


@dataclass(frozen=True, slots=True)
class Dress:
    """How a kind's answers are dressed.

    Attributes:
        frames: fixed words that answers have around their content.
        leading, trailing: folded sentences before and after it that say nothing.
        is_explained: whether explanations come before an answer.
        opened, closed: what is printed before and after the content.
    """

    frames: tuple[Frame, ...] = ()
    leading: tuple[str, ...] = ()
    trailing: tuple[str, ...] = ()
    is_explained: bool = False
    opened: str = ""
    closed: str = ""

    def read(self, shape: Shape, text: str) -> Content | None:
        """The content of an answer; None where it has none of this shape, or more than that."""
        core = self.core(text)
        if content := self._framed(shape, core):
            return content
        if isinstance(shape, Json):
            return self._embedded(shape, core)
        cut = last_part(core)
        if 0 < cut < len(core) and not doubts(core[:cut]):
            content = self._concluding(shape, core[:cut], core[cut:])
            if content:
                return content
        if isinstance(shape, Folded):
            raw = unwrapped(core).removesuffix(".")
            return Content(raw, "", raw, core) if raw else None
        return None

    def core(self, text: str) -> str:
        """An answer without the courtesy around it."""
        text = text.strip()
        for _ in range(_MOST_PARTS):
            cut = last_part(text)
            if not 0 < cut < len(text) or not self._is_idle(text[cut:], self.trailing):
                break
            text = text[:cut].rstrip()
        for _ in range(_MOST_PARTS):
            cut = first_part(text)
            if cut >= len(text) or not self._is_idle(text[:cut], self.leading):
                break
            text = text[cut:]
        parts = fenced(text)
        return parts[1] if parts and not parts[2] and not doubts(parts[0]) else text

    def _is_idle(self, part: str, known: tuple[str, ...]) -> bool:
        return is_courtesy(part) or (bool(known) and phrase(part) in known)

    def _framed(self, shape: Shape, text: str) -> Content | None:
        first, last = head(text), tail(text)
        for frame in self.frames:
            hole = frame.hole(text, first, last)
            if hole and (content := content_of(shape, hole, text, frame.note)):
                return content
        if isinstance(shape, Folded):
            return None
        return content_of(shape, text, text) or _concluded(shape, text, last)

    def _concluding(self, shape: Shape, explanation: str, last: str) -> Content | None:
        """The content of a last sentence after an explanation."""
        if isinstance(shape, Json | Lines):
            return None
        content = self._framed(shape, last) if self.is_explained else _concluded(shape, last, tail(last))
        is_bare = content is not None and content.raw == unwrapped(last)
        return None if is_bare and not is_prose(explanation) else content

    def _embedded(self, shape: Shape, text: str) -> Content | None:
        """JSON after words that announce or explain it."""
        starts = [start for sign in "{[" if (start := text.find(sign)) >= 0]
        if (
            not starts
            or doubts(text[: min(starts)])
            or not (self.is_explained or text[: min(starts)].rstrip().endswith(":"))
        ):
            return None
        return content_of(shape, text[min(starts) :], text[min(starts) :])


def _concluded(shape: Shape, text: str, last: list[Word]) -> Content | None:
    """A content at the end, after words that only say that it comes, as in `So the answer is 4.`"""
    if len(last) > _LONGEST_HOLE + _MOST_BEFORE or isinstance(shape, Json | Lines):
        return None
    for length in range(min(_LONGEST_HOLE, len(last) - 1), 0, -1):
        before = {word.folded for word in last[:-length]}
        if before <= ANSWER_WORDS and before & _STRONG:
            if content := content_of(shape, text[last[-length].start :], text):
                return content
    return None


def content_of(shape: Shape, hole: str, shown: str, note: str = "") -> Content | None:
    """The content that a hole has; None where its shape does not read it."""
    raw = hole.strip() if isinstance(shape, Lines) else unwrapped(hole)
    if isinstance(shape, Folded):
        raw = raw.removesuffix(".")
    value = shape.read(raw)
    return None if value is None else Content(value, note, raw, shown)


def phrase(part: str) -> str:
    """A sentence by its folded words."""
    return " ".join(word.folded for word in words(part[:500]))


def doubts(text: str) -> bool:
    """Whether an explanation takes back what follows it."""
    return any(fold(word) in DOUBTS for word in text.split())


def is_prose(text: str) -> bool:
    """Whether a text has a few words in letters."""
    return sum(word.folded.isalpha() for word in words(text[:2_000])) >= _LONGEST_HOLE
