"""Pair classes: two wordings around one content, of which a model has said whether they say the same."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from latm.form.dress import Dress, Frame, is_idle, windows
from latm.form.lexicon import ANSWER_WORDS, LINKS, REFUSAL
from latm.form.shapes import Folded, Json, Lines, Shape, folded
from latm.form.tokens import Word, unwrapped, words

_MOST_WORDS = 200
"""Longer answers do not belong to a class: to look for what they share would take more than linear time."""
_LONGEST = 12
"""Words of a wording."""
_LONGEST_QUESTION = 4_000
"""Characters of a question that are looked at."""
_GLUE = re.compile(r"\s*[,;|]\s*|\s+")


@dataclass(frozen=True, slots=True)
class Wording:
    """How an answer is put.

    Attributes:
        before, after: the fixed words around its content, folded.
        glue: what stands between all items of a list; empty if the wording is something else.
    """

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    glue: str = ""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a model said of a pair class, once for all answers that are put in these ways.

    Attributes:
        one, other: the wordings, the shorter one first.
        same: whether answers of equal content in them say the same.
    """

    one: Wording
    other: Wording
    same: bool


Pair = tuple[Wording, Wording]


def pair_class(shape: Shape, dress: Dress, one: str, other: str) -> Pair | None:
    """The wordings of two answers around a content that they share; None if they share none."""
    if isinstance(shape, Json | Lines) or REFUSAL.match(one) or REFUSAL.match(other):
        return None
    texts = [_told(shape, dress, text) for text in (one, other)]
    if isinstance(shape, Folded) and (glues := _glues(*texts)):
        return glues
    found = [words(text) for text in texts]
    if not all(0 < len(each) <= _MOST_WORDS for each in found):
        return None
    places = _block(texts, found) if isinstance(shape, Folded) else _windows(shape, texts, found)
    pairs = {(_around(found[0], place), _around(found[1], in_other)) for place, in_other in places}
    first, second = pairs.pop() if len(pairs) == 1 else (None, None)
    if first is None or second is None or first == second:
        return None
    return min(first, second, key=_order), max(first, second, key=_order)


def _told(shape: Shape, dress: Dress, text: str) -> str:
    """An answer without what is known to be dress."""
    content = dress.read(shape, text) if isinstance(shape, Folded) else None
    return unwrapped(content.raw if content and not content.note else dress.core(text))


def _glues(one: str, other: str) -> Pair | None:
    """What stands between the items of two lists of the same items."""
    first, second = {*_GLUE.findall(one)}, {*_GLUE.findall(other)}
    if len(first) != 1 or len(second) != 1 or first == second:
        return None
    items, others = ([item.strip(".").casefold() for item in _GLUE.split(text)] for text in (one, other))
    wordings = sorted((Wording(glue=first.pop()), Wording(glue=second.pop())), key=lambda wording: wording.glue)
    return (wordings[0], wordings[1]) if items == others else None


Place = tuple[int, int]


def _windows(shape: Shape, texts: list[str], found: list[list[Word]]) -> Iterator[tuple[Place, Place]]:
    """Where both texts have the same content of a shape."""
    read: list[list[tuple[Place, object]]] = [
        [((start, end), shape.read(_between(text, each, (start, end)))) for start, end in windows(shape, text, each)]
        for text, each in zip(texts, found, strict=True)
    ]
    for place, value in read[0]:
        for other, wanted in read[1]:
            if value is not None and wanted is not None and shape.equal(value, wanted):
                yield place, other


def _block(texts: list[str], found: list[list[Word]]) -> Iterator[tuple[Place, Place]]:
    """The longest run of words that both texts have, unless it says nothing."""
    one, other = ([word.folded for word in each] for each in found)
    match = SequenceMatcher(None, one, other, autojunk=False).find_longest_match()
    place, place_in_other = (match.a, match.a + match.size), (match.b, match.b + match.size)
    says = not set(one[match.a : match.a + match.size]) <= ANSWER_WORDS | LINKS
    raw, raw_other = _between(texts[0], found[0], place), _between(texts[1], found[1], place_in_other)
    if says and folded(raw) == folded(raw_other):
        yield place, place_in_other


def _between(text: str, found: list[Word], place: Place) -> str:
    start, end = place
    return unwrapped(text[found[start].start : found[end - 1].end].rstrip(",;")) if start < end else ""


def _around(found: list[Word], place: Place) -> Wording | None:
    start, end = place
    before, after = (tuple(word.folded for word in side) for side in (found[:start], found[end:]))
    return Wording(before, after) if len(before) + len(after) <= _LONGEST else None


def may_be_dress(wording: Wording, dress: Dress, question: str) -> bool:
    """Whether a model is to be asked about a wording.

    Numbers, negation and hedging beside the content are content. But if a kind's answers say them again and again,
    or take them from the question (`There are 7 numbers greater than 50.`), mining cannot tell.
    """
    said = {*wording.before, *wording.after}
    if is_idle(said) or (wording.before, wording.after) in {(frame.before, frame.after) for frame in dress.frames}:
        return True
    return is_idle(said - {word.folded for word in words(question[:_LONGEST_QUESTION])})


def _order(wording: Wording | Frame) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    return len(wording.before) + len(wording.after), wording.before, wording.after


def taught(dress: Dress, ruling: Ruling) -> Dress:
    """A dress that reads two wordings alike from now on, if they were ruled to say the same."""
    if not ruling.same or ruling.one.glue:
        return dress
    frames = {(frame.before, frame.after): frame for frame in dress.frames}
    keys = [(wording.before, wording.after) for wording in (ruling.one, ruling.other)]
    notes = [frames[key].note if key in frames else "" if key == ((), ()) else None for key in keys]
    known = [note for note in notes if note is not None]
    note = ("" if "" in known else known[0]) if known else " ".join((*keys[0][0], *keys[0][1]))
    frames |= {key: Frame(*key, note) for key in keys if key != ((), ())}
    same = [replace(frame, note=note) if frame.note in known else frame for frame in frames.values()]
    return replace(dress, frames=tuple(sorted(same, key=_order, reverse=True)))
