"""Dress: what stands around the content of an answer and says nothing itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from latm.form.lexicon import ANSWER_WORDS, CAVEATS, COPULAS, DOUBTS, LINKS, STRONG
from latm.form.shapes import Folded, Json, Label, Lines, Number, Option, Shape
from latm.form.tokens import Word, fenced, first_part, fold, head, is_courtesy, last_part, tail, unwrapped, words

_MOST_PARTS = 4
"""Sentences of courtesy at either end of a reply."""
_LONGEST_HOLE = 3
"""Words of a number with its unit, or of an option, or a label."""
_LONGEST_SENTENCE = 16
"""Words of a sentence that says an answer and nothing else."""
_LONGEST_HEADING = 12


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
        frames: fixed words that answers have around their content, longest first.
        leading, trailing: folded sentences before and after it that say nothing.
        is_explained: whether explanations come before an answer.
        is_headed: whether a heading with a colon may come before it.
        opened, closed: what is printed before and after the content.
    """

    frames: tuple[Frame, ...] = ()
    leading: tuple[str, ...] = ()
    trailing: tuple[str, ...] = ()
    is_explained: bool = False
    is_headed: bool = False
    opened: str = ""
    closed: str = ""

    def read(self, shape: Shape, text: str) -> Content | None:
        """The content of an answer; None where it has none of this shape, or more than that."""
        core = self.core(text)
        if isinstance(shape, Json):
            return content_of(shape, core, core) or self._embedded(shape, core)
        if isinstance(shape, Lines):
            return self._listed(shape, core)
        if content := self._framed(shape, core):
            return content
        cut = last_part(core)
        if (
            0 < cut < len(core)
            and not doubts(core[:cut])
            and (content := self._concluding(shape, core[:cut], core[cut:]))
        ):
            return content
        return content_of(shape, core, core)

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
        """The content of a text that says nothing else: alone, in known words, or in words that can be understood."""
        first, last = head(text), tail(text)
        for frame in self.frames:
            hole = frame.hole(text, first, last)
            if hole and (content := content_of(shape, hole, text, frame.note)):
                return content
        if isinstance(shape, Folded):
            end = heading(text, first) if self.is_headed else concluding(text, first)
            return content_of(shape, text[end:], text) if end else None
        return content_of(shape, text, text) or alone(shape, text, first)

    def _concluding(self, shape: Shape, explanation: str, last: str) -> Content | None:
        """The content of a last sentence after an explanation."""
        first = head(last)
        if not self.is_explained and not concluding(last, first):
            return None
        content = self._framed(shape, last)
        is_bare = content is not None and content.raw == unwrapped(last)
        return None if is_bare and not is_prose(explanation) else content

    def _embedded(self, shape: Shape, text: str) -> Content | None:
        """JSON after words that announce or explain it."""
        start = min((start for sign in "{[" if (start := text.find(sign)) >= 0), default=0)
        is_announced = self.is_explained or text[:start].rstrip().endswith((":", "："))
        if not start or doubts(text[:start]) or not is_announced:
            return None
        return content_of(shape, text[start:], text[start:])

    def _listed(self, shape: Shape, text: str) -> Content | None:
        """Lines, without the heading or an explanation that ends with one."""
        start = 0
        for _ in range(_LONGEST_HEADING if self.is_headed or self.leading else 0):
            line, _, rest = text[start:].partition("\n")
            if is_listed(line) or not rest.strip():
                break
            start += len(line) + 1
            if line.strip().endswith((":", "：")):
                is_known = self.is_headed or self._is_idle(line, self.leading)
                is_dress = is_known and not doubts(text[:start]) and not caveats(line)
                return content_of(shape, rest, rest.strip()) if is_dress else content_of(shape, text, text)
        return content_of(shape, text, text)


def content_of(shape: Shape, hole: str, shown: str, note: str = "") -> Content | None:
    """The content that a hole has; None where its shape does not read it."""
    raw = hole.strip() if isinstance(shape, Lines) else unwrapped(hole)
    if isinstance(shape, Folded | Label):
        raw = raw.removesuffix(".")
    value = shape.read(raw)
    return None if value is None else Content(value, note, raw, shown)


def windows(shape: Shape, text: str, found: list[Word]) -> Iterator[tuple[int, int]]:
    """Every short run of words that a shape reads, by its first word and the one after its last; the longest come first."""
    start = 0
    while start < len(found):
        for end in range(min(start + _LONGEST_HOLE, len(found)), start, -1):
            hole = text[found[start].start : found[end - 1].end]
            if (not isinstance(shape, Option) or is_plain_option(hole)) and content_of(shape, hole, hole):
                yield start, end
                start = end - 1
                break
        start += 1


def is_plain_option(text: str) -> bool:
    """Whether a word within a sentence is meant as an option: a capital or a letter in brackets, without its text."""
    letter = text.strip("*_`.,:;!? ")
    return letter.strip("()[]").isalpha() and len(letter) <= _LONGEST_HOLE and (letter.isupper() or letter[0] in "([")


def alone(shape: Shape, text: str, found: list[Word]) -> Content | None:
    """The one content of a short sentence that has no caveat and nothing else that could be content."""
    if not 1 < len(found) <= _LONGEST_SENTENCE or last_part(text) > 0:
        return None
    places = list(windows(shape, text, found))
    if len(places) != 1:
        return None
    start, end = places[0]
    before, after = ([word.folded for word in side] for side in (found[:start], found[end:]))
    others = {*before, *after}
    if others & CAVEATS or any(character.isdigit() for word in others for character in word):
        return None
    is_said = set(after) <= LINKS if isinstance(shape, Number) else not after
    if isinstance(shape, Label):
        is_said = (
            is_said and bool(before) and (before[-1] in LINKS or text[: found[start].start].rstrip(" *_").endswith(":"))
        )
    if not is_said or not all(word.isascii() or word in LINKS for word in others):
        return None
    return content_of(shape, text[found[start].start : found[end - 1].end], text)


def concluding(text: str, first: list[Word]) -> int:
    """Where the answer begins after words that only say that it comes, as in `So the answer is`; 0 for other texts."""
    end = 0
    seen: set[str] = set()
    for number, word in enumerate(first[:_LONGEST_HEADING]):
        if word.folded not in ANSWER_WORDS:
            break
        seen.add(word.folded)
        following = first[number + 1].start if number + 1 < len(first) else len(text)
        if seen & STRONG and (word.folded in COPULAS or ":" in text[word.start : following]):
            end = word.end
    return end


def heading(text: str, first: list[Word]) -> int:
    """Where a text begins after a heading with a colon; 0 for texts without one."""
    for number, word in enumerate(first[:_LONGEST_HEADING]):
        if word.folded in CAVEATS or any(character.isdigit() for character in word.folded):
            return 0
        following = first[number + 1].start if number + 1 < len(first) else len(text)
        if text[word.start : following].rstrip(" *_\n").endswith((":", "：")):
            return word.end if number + 1 < len(first) else 0
    return concluding(text, first)


def is_listed(line: str) -> bool:
    """Whether a line is an item of a list."""
    return line.lstrip().startswith(("- ", "* ", "• ", "– ")) or line.lstrip()[:1].isdigit()


def phrase(part: str) -> str:
    """A sentence by its folded words."""
    return " ".join(word.folded for word in words(part[:500]))


def caveats(text: str) -> bool:
    """Whether words of a text negate, hedge or limit what is said."""
    return any(word.folded in CAVEATS for word in words(text))


def doubts(text: str) -> bool:
    """Whether an explanation takes back what follows it."""
    return any(fold(word) in DOUBTS for word in text.split())


def is_prose(text: str) -> bool:
    """Whether a text has a few words in letters."""
    return sum(word.folded.isalpha() for word in words(text[:2_000])) >= _LONGEST_HOLE
