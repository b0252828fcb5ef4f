"""Dress: what stands around the content of an answer and says nothing itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from latm.form.lexicon import CAVEATS, COPULAS, DOUBTS, LINKS, STRONG, TURNS
from latm.form.shape import Content, Shape
from latm.form.shapes import Code, Folded, Json, Label, Lines, Number, Option
from latm.form.tokens import (
    Word,
    fenced,
    first_part,
    fold,
    head,
    is_courtesy,
    is_letter,
    last_part,
    tail,
    unwrapped,
    words,
)

_MOST_PARTS = 4
"""Sentences of courtesy at either end of a reply."""
_LONGEST_HOLE = 3
"""Words of a number with its unit, or of an option, or a label."""
_LONGEST_SENTENCE = 16
"""Words of a sentence that says an answer and nothing else."""
_LONGEST_HEADING = 12
_HEADING = re.compile(r"[#*_ ]{0,8}[\w\s'’,&-]{1,120}[:：][*_]{0,3}")
"""Words and a colon; not `def f(x):`."""
_OPENINGS = frozenset({"the", "your", "here", "so", "thus", "therefore", "these", "this"})
"""A sentence that introduces an answer may begin with one of these, and then the answer follows a copula."""


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
        """What stands between the words; None if a text does not have them."""
        before, after = len(self.before), len(self.after)
        if tuple(word.folded for word in first[:before]) != self.before:
            return None
        if after and tuple(word.folded for word in last[-after:]) != self.after:
            return None
        start = first[before - 1].end if before else 0
        end = last[-after].start if after else len(text)
        return text[start:end].strip() if start < end else None


@dataclass(frozen=True, slots=True)
class Dress:
    """How a kind's answers are dressed.

    Attributes:
        frames: fixed words that answers have around their content, longest first.
        leading, trailing: folded sentences before and after it that say nothing.
        is_explained: whether explanations come before an answer.
        is_headed: whether a heading with a colon may come before it.
        vocabulary: folded words that the frames of this kind use, beside the small words of every kind.
        opened, closed: what is printed before and after the content.
    """

    frames: tuple[Frame, ...] = ()
    leading: tuple[str, ...] = ()
    trailing: tuple[str, ...] = ()
    is_explained: bool = False
    is_headed: bool = False
    vocabulary: tuple[str, ...] = ()
    opened: str = ""
    closed: str = ""

    def read(self, shape: Shape, text: str) -> Content | None:
        """The content of an answer; None if it has none of this shape, or more than that."""
        core = self.core(text)
        if isinstance(shape, Json):
            return content_of(shape, core, core) or self._embedded(shape, core)
        if isinstance(shape, Lines):
            return self._listed(shape, core) or self._whole(shape, text, core)
        if content := self._explained(shape, core, is_said=True) or self._framed(shape, core):
            return content
        if self.is_explained and (content := self._explained(shape, core, is_said=False)):
            return content
        if isinstance(shape, Label) and shape.is_open:
            return self.read(Folded(), core)
        return self._whole(shape, text, core)

    def _whole(self, shape: Shape, text: str, core: str) -> Content | None:
        """An answer that is content from end to end; in a letter courtesy is content too."""
        whole = text.strip() if shape.is_free and is_letter(core) else core
        return content_of(shape, whole, whole)

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
        return parts[1] if parts and parts[2] in {"", "."} and not doubts(parts[0]) else text

    def _is_idle(self, part: str, known: tuple[str, ...]) -> bool:
        return is_courtesy(part) or (bool(known) and phrase(part) in known)

    def _framed(self, shape: Shape, text: str) -> Content | None:
        """The content of a text that says nothing else: alone, in known words, or in words that can be understood."""
        shown, text = text, unwrapped(text)
        first, last = head(text), tail(text)
        for frame in self.frames:
            hole = frame.hole(text, first, last)
            if not hole or (isinstance(shape, Folded) and is_letter(hole)):
                continue
            if content := content_of(shape, hole, shown, frame.note):
                return content
        if isinstance(shape, Folded):
            return self._introduced(shape, text, shown)
        return content_of(shape, text, shown) or self._alone(shape, text, shown, first)

    def _introduced(self, shape: Shape, text: str, shown: str) -> Content | None:
        """A text after the words that introduce it, if there are any."""
        rest = text
        for _ in range(_MOST_PARTS):
            first = head(rest)
            end = concluding(rest, first, self.vocabulary) or (heading(rest, first) if self.is_headed else 0)
            if not end or not rest[end:].strip():
                break
            rest = rest[end:].strip()
        return content_of(shape, rest, shown) if rest != text else None

    def _alone(self, shape: Shape, text: str, shown: str, found: list[Word]) -> Content | None:
        """The one content of a short sentence that has no caveat and nothing else that could be content."""
        if not 1 < len(found) <= _LONGEST_SENTENCE or last_part(text) > 0:
            return None
        places = list(windows(shape, text, found))
        if len(places) != 1:
            return None
        start, end = places[0]
        before, after = ([word.folded for word in side] for side in (found[:start], found[end:]))
        is_said = set(after) <= LINKS if isinstance(shape, Number) else not after
        if isinstance(shape, Code | Label) and not TURNS.isdisjoint(before[-1:]):
            return None
        if isinstance(shape, Label):
            link = text[: found[start].start].rstrip(" *_")
            is_said = is_said and bool(before) and (before[-1] in LINKS or link.endswith((":", "：")))
        hole = text[found[start].start : found[end - 1].end]
        return content_of(shape, hole, shown) if is_said and is_idle({*before, *after}) else None

    def _explained(self, shape: Shape, core: str, *, is_said: bool) -> Content | None:
        """The content of a last sentence after an explanation; one that says so (`So the answer is`) or any."""
        cut = last_part(core)
        last = core[cut:]
        if not 0 < cut < len(core) or is_said is not bool(concluding(last, head(last))) or doubts(core[:cut]):
            return None
        content = self._framed(shape, last)
        is_bare = content is not None and content.raw == unwrapped(last)
        return None if is_bare and not is_prose(core[:cut]) else content

    def _embedded(self, shape: Shape, text: str) -> Content | None:
        """JSON after words that announce or explain it."""
        start = min((start for sign in "{[" if (start := text.find(sign)) >= 0), default=0)
        if not start or doubts(text[:start]):
            return None
        return content_of(shape, text[start:].rstrip("*_`. \n"), text[start:])

    def _listed(self, shape: Shape, text: str) -> Content | None:
        """Lines, without the heading or an explanation that ends with one."""
        parts = announced(text)
        if parts is None or doubts(parts[0]):
            return None
        is_known = self.is_headed or self._is_idle(parts[1], self.leading) or (not parts[0] and is_bulleted(parts[2]))
        if not is_known:
            return None
        return content_of(shape, parts[2], parts[2].strip())


def announced(text: str) -> tuple[str, str, str] | None:
    """What stands before the heading of a list, the heading, and the list; None for a text without a heading."""
    start, found = 0, None
    for _ in range(_LONGEST_HEADING):
        line, _, rest = text[start:].partition("\n")
        if is_listed(line) or not rest.strip():
            break
        is_heading = _HEADING.fullmatch(line.strip()) is not None and not caveats(line)
        if found and line.strip() and not is_heading:
            break
        if is_heading:
            found = text[:start], line, rest
        start += len(line) + 1
    return found


def content_of(shape: Shape, hole: str, shown: str, note: str = "") -> Content | None:
    """The content that a hole has; None if its shape does not read it."""
    raw = hole.strip() if isinstance(shape, Lines) else unwrapped(hole)
    if isinstance(shape, Folded) and "\n" not in raw:
        raw = raw.removeprefix("- ").removeprefix("• ")
    if isinstance(shape, Folded | Label | Json | Number | Code):
        raw = raw.removesuffix(".")
    value = shape.read(raw)
    return None if value is None else Content(value, note, raw, shown)


def windows(shape: Shape, text: str, found: list[Word]) -> Iterator[tuple[int, int]]:
    """Every short run of words that a shape reads, by its first word and the one after its last; long ones first."""
    start = 0
    while start < len(found):
        for end in range(min(start + _LONGEST_HOLE, len(found)), start, -1):
            hole = text[found[start].start : found[end - 1].end].rstrip(",;")
            is_pronoun = hole == "I" and end < len(found)
            if (not isinstance(shape, Option) or (is_plain_option(hole) and not is_pronoun)) and content_of(
                shape, hole, hole
            ):
                yield start, end
                start = end - 1
                break
        start += 1


def is_plain_option(text: str) -> bool:
    """Whether a word within a sentence is meant as an option: a capital or a letter in brackets, without its text."""
    letter = text.strip("*_`.,:;!? ")
    return letter.strip("()[]").isalpha() and len(letter) <= _LONGEST_HOLE and (letter.isupper() or letter[0] in "([")


def is_idle(found: set[str]) -> bool:
    """Whether words are free of caveats, of numbers, and of scripts whose caveats are unknown here."""
    if found & CAVEATS or any(character.isdigit() for word in found for character in word):
        return False
    return all(word.isascii() or word in LINKS for word in found)


def concluding(text: str, first: list[Word], vocabulary: tuple[str, ...] = ()) -> int:
    """The place of the answer behind words that only announce it, as in `So the answer is`; 0 for other texts."""
    end = 0
    seen: set[str] = set()
    for number, word in enumerate(first[:_LONGEST_HEADING]):
        if word.folded not in LINKS and word.folded not in vocabulary:
            break
        seen.add(word.folded)
        following = first[number + 1].start if number + 1 < len(first) else len(text)
        is_said = not seen.isdisjoint(STRONG) or not seen.isdisjoint(vocabulary)
        if is_said and (word.folded in COPULAS or ":" in text[word.start : following]):
            end = word.end
    return end


def heading(text: str, first: list[Word]) -> int:
    """The place of a text behind its heading, with a colon or as the start of a sentence; 0 without a heading."""
    for number, word in enumerate(first[:_LONGEST_HEADING]):
        if word.folded in CAVEATS or any(character.isdigit() for character in word.folded):
            return 0
        following = first[number + 1].start if number + 1 < len(first) else len(text)
        if text[word.start : following].rstrip(" *_\n").endswith((":", "：")):
            return word.end if number + 1 < len(first) else 0
        if first[0].folded in _OPENINGS and number > 1 and word.folded in COPULAS and number + 1 < len(first):
            return word.end
    return 0


def is_bulleted(text: str) -> bool:
    """Whether every line of a text is an item of a list."""
    return all(is_listed(line) for line in text.splitlines() if line.strip())


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
