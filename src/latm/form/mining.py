"""Finding the dress of a kind's answers: what repeats around a content that varies."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from latm.form.dress import Content, Dress, Frame, content_of, doubts, phrase
from latm.form.lexicon import ANSWER_WORDS, CAVEATS, COPULAS
from latm.form.shapes import Folded, Json, Lines, Number, Option, Shape, folded
from latm.form.tokens import Word, first_part, is_courtesy, last_part, unwrapped, words

_FEWEST = 2
_SHARE = 0.04
"""A wording counts as dress from two replies on, or this share of them: wrong answers seldom repeat each other's words."""
_LONGEST_PART = 60
"""Words of a sentence in which an answer is looked for."""
_LONGEST_HOLE = 3
_LONGEST_PREFIX = 12
_CUES = frozenset("you your please help question questions thank thanks welcome glad happy".split())
"""A sentence after the answer with none of these is taken for a remark on it, which is content."""
_LINKS = ANSWER_WORDS | COPULAS | frozenset("in at on by with from after before all there per".split())


@dataclass(frozen=True, slots=True)
class _Place:
    """A place in a reply where the content may stand."""

    frame: Frame
    content: str


def mine(shape: Shape, texts: Sequence[str]) -> Dress:
    """The fixed words around content of a shape, and whether explanations come before it."""
    need = max(_FEWEST, round(_SHARE * len(texts)))
    dress = _idle_parts(shape, texts, need)
    cores = [dress.core(text) for text in texts]
    if isinstance(shape, Json):
        return replace(dress, is_explained=_repeats(core for core in cores if core[:1] not in "{[" and "{" in core))
    if isinstance(shape, Lines):
        return dress
    frames = _frames(shape, cores, need)
    dress = replace(dress, frames=frames)
    return replace(dress, is_explained=_is_explained(shape, dress, cores, need))


def _repeats(found: Iterable[str]) -> bool:
    return len(list(found)) >= _FEWEST


def _idle_parts(shape: Shape, texts: Sequence[str], need: int) -> Dress:
    """Sentences that come again and again before or after the content."""
    if isinstance(shape, Folded):
        return Dress()
    first: Counter[str] = Counter()
    last: Counter[str] = Counter()
    for text in texts:
        cut, end = first_part(text), last_part(text)
        if cut < len(text) and _is_idle(shape, text[:cut]):
            first[phrase(text[:cut])] += 1
        if 0 < end < len(text) and _is_idle(shape, text[end:]) and _CUES & {word.folded for word in words(text[end:])}:
            last[phrase(text[end:])] += 1
    leading, trailing = (
        tuple(sorted(part for part, count in parts.items() if count >= need)) for parts in (first, last)
    )
    return Dress(leading=leading, trailing=trailing)


def _is_idle(shape: Shape, part: str) -> bool:
    """Whether a sentence could be dress, if it repeats: words alone, no content, no caveat, and more than a heading of data."""
    found = [word.folded for word in words(part[:500])]
    if len(found) < _LONGEST_HOLE or CAVEATS & set(found) or doubts(part) or shape.read(unwrapped(part)) is not None:
        return isinstance(shape, Lines) and _announces(part, found)
    return not any(character.isdigit() for character in part) and (
        not isinstance(shape, Lines) or _announces(part, found)
    )


def _announces(part: str, found: Sequence[str]) -> bool:
    return len(found) > 1 and part.rstrip().endswith((":", "：")) and not CAVEATS & set(found)


def _frames(shape: Shape, cores: Sequence[str], need: int) -> tuple[Frame, ...]:
    """The frames with enough replies and more than one content, longest first."""
    contents: defaultdict[Frame, list[str]] = defaultdict(list)
    bare = 0
    for core in cores:
        part = core[last_part(core) :] if isinstance(shape, Number | Option) or _is_explaining(core) else core
        if content_of(shape, part, part) and not isinstance(shape, Folded):
            bare += 1
            continue
        places = list(_places(shape, part))
        bare += not places
        for place in places:
            contents[place.frame].append(folded(place.content))
    stand = {
        frame: found
        for frame, found in contents.items()
        if len(found) >= need and (len(set(found)) > 1 or _is_neutral(frame))
    }
    noted = _noted(shape, _outermost(stand), is_bare=bare >= need)
    return tuple(sorted(noted, key=lambda frame: (-len(frame.before) - len(frame.after), frame.before, frame.after)))


def _outermost(stand: dict[Frame, list[str]]) -> dict[Frame, list[str]]:
    """Frames without those that another one explains as often with more fixed words."""
    return stand


def _is_explaining(core: str) -> bool:
    cut = last_part(core)
    last = {word.folded for word in words(core[cut:])[:_LONGEST_PREFIX]}
    return 0 < cut < len(core) and _is_concluding(last)


def _is_concluding(found: set[str]) -> bool:
    from latm.form.lexicon import CONCLUSIONS

    return bool(found & CONCLUSIONS)


def _is_neutral(frame: Frame) -> bool:
    return bool(frame.before) and set(frame.before + frame.after) <= ANSWER_WORDS


def _places(shape: Shape, part: str) -> Iterable[_Place]:
    found = words(part[:5_000])
    if isinstance(shape, Folded):
        return _prefixes(part, found[: _LONGEST_PREFIX + 1])
    return _windows(shape, part, found) if len(found) <= _LONGEST_PART else ()


def _windows(shape: Shape, part: str, found: Sequence[Word]) -> Iterable[_Place]:
    """Every short run of words that the shape reads, and no longer run around it."""
    taken = 0
    for start in range(len(found)):
        for end in range(min(start + _LONGEST_HOLE, len(found)), max(start, taken), -1):
            hole = part[found[start].start : found[end - 1].end]
            if content_of(shape, hole, hole):
                before, after = (tuple(word.folded for word in side) for side in (found[:start], found[end:]))
                yield _Place(Frame(before, after), unwrapped(hole))
                taken = end
                break


def _prefixes(part: str, found: Sequence[Word]) -> Iterable[_Place]:
    """Every beginning that ends with a colon or a copula; negation and hedging are content."""
    for end in range(1, len(found)):
        before = tuple(word.folded for word in found[:end])
        if CAVEATS & set(before):
            return
        colon = part[found[end - 1].start : found[end].start].rstrip("*_ \n").endswith((":", "："))
        if colon or (before[-1] in COPULAS and end > 1):
            yield _Place(Frame(before), part[found[end - 1].end :])


def _noted(shape: Shape, stand: dict[Frame, list[str]], *, is_bare: bool) -> list[Frame]:
    """Frames with what they say beside the content: caveats; what is counted, or spoken of, where that differs."""
    nouns = {_noun(frame) for frame in stand} - {""}
    families = _families([_key(frame) for frame in stand])
    is_one = len(families) <= 1 or (is_bare and _is_diverse(shape, stand))
    noted = []
    for frame in stand:
        caveats = sorted(CAVEATS & set(frame.before + frame.after))
        family = [] if is_one else sorted(next((words for words in families if words & _key(frame)), set()))
        noun = [_noun(frame)] if len(nouns) > 1 else []
        noted.append(replace(frame, note=" ".join([*caveats, *noun, *family])))
    return noted


def _noun(frame: Frame) -> str:
    """What a number counts: the word after it."""
    return frame.after[0].removesuffix("s") if frame.after and frame.after[0] not in _LINKS else ""


def _key(frame: Frame) -> set[str]:
    return {word for word in frame.before if word not in _LINKS and word not in CAVEATS}


def _families(keys: Sequence[set[str]]) -> list[set[str]]:
    """Groups of frames that speak of one thing: those that share a word."""
    families: list[set[str]] = []
    for key in filter(None, keys):
        kin = [family for family in families if family & key]
        families = [family for family in families if not family & key] + [set().union(key, *kin)]
    return families


def _is_diverse(shape: Shape, stand: dict[Frame, list[str]]) -> bool:
    """Whether contents seldom repeat, so that what the frames say cannot be what the answers differ in."""
    return not isinstance(shape, Folded) or all(len(set(found)) >= 0.7 * len(found) for found in stand.values())


def _is_explained(shape: Shape, dress: Dress, cores: Sequence[str], need: int) -> bool:
    """Whether explanations come before answers: their last sentence concludes, or other replies give an answer alone."""
    trial = replace(dress, is_explained=True)
    explained = [
        core
        for core in cores
        if dress.read(shape, core) is None and (cut := last_part(core)) and trial.read(shape, core) and cut
    ]
    if isinstance(shape, Folded):
        explained = [
            core for core in cores if _is_explaining(core) and trial.read(shape, core) != dress.read(shape, core)
        ]
    if len(explained) < need:
        return False
    concluding = sum(_is_explaining(core) for core in explained)
    alone = sum(dress.read(shape, core) is not None for core in cores)
    return concluding * 2 >= len(explained) or alone >= max(need, len(cores) / 5)


def surface(contents: Sequence[tuple[str, Content]]) -> tuple[str, str]:
    """What is commonest before and after the content, letter by letter: of whole answers where most agree, else without courtesy."""
    for texts, share in (([text for text, _ in contents], 0.5), ([content.shown for _, content in contents], 0.0)):
        found: Counter[tuple[str, str]] = Counter()
        for text, (_, content) in zip(texts, contents, strict=True):
            opened, raw, closed = text.strip().rpartition(content.raw)
            if raw and not content.note:
                found[opened, closed] += 1
        if found:
            ((top, often),) = found.most_common(1)
            if often >= share * len(contents):
                return top
    return "", ""
