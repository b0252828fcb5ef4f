"""Finding the dress of a kind's answers: what repeats around a content that varies."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from latm.form.dress import (
    Dress,
    Frame,
    announced,
    caveats,
    concluding,
    content_of,
    doubts,
    heading,
    is_listed,
    phrase,
    windows,
)
from latm.form.lexicon import ANSWER_WORDS, CAVEATS, COPULAS, LINKS, SUMS
from latm.form.shape import Content
from latm.form.shapes import Code, Folded, Json, Lines, Number, Option, Shape, folded
from latm.form.tokens import first_part, head, last_part, unwrapped, words

_FEWEST = 2
_SHARE = 0.04
"""A wording counts as dress from two replies on, or this share: wrong answers seldom repeat each other's words."""
_BARE = 0.2
"""So many answers without words around them show that the words of the others are not content."""
_LONGEST_PART = 60
"""Words of a sentence in which an answer is looked for."""
_FEWEST_WORDS = 3
_LONGEST_PREFIX = 12
_CUES = frozenset(
    ["you", "your", "please", "help", "question", "questions", "thank", "thanks", "welcome", "glad", "happy"]
)
"""A sentence after the answer with none of these is taken for a remark on it, which is content."""


def mine(shape: Shape, texts: Sequence[str]) -> Dress:
    """The fixed words around content of a shape, and whether explanations or headings come before it."""
    need = max(_FEWEST, round(_SHARE * len(texts)))
    dress = _idle_parts(shape, texts, need)
    cores = [dress.core(text) for text in texts]
    if isinstance(shape, Json):
        return replace(dress, is_explained=sum(core[:1] not in {"{", "["} and "{" in core for core in cores) >= need)
    dress = replace(dress, is_headed=_is_headed(shape, cores, need))
    if isinstance(shape, Lines):
        return dress
    frames = _frames(shape, cores, need)
    dress = replace(dress, frames=frames, vocabulary=_vocabulary(frames))
    return replace(dress, is_explained=_is_explained(shape, dress, cores, need))


def _idle_parts(shape: Shape, texts: Sequence[str], need: int) -> Dress:
    """Sentences that come again and again before or after the content."""
    if isinstance(shape, Folded):
        return Dress()
    first: Counter[str] = Counter()
    last: Counter[str] = Counter()
    for text in texts:
        cut, end = first_part(text), last_part(text)
        opening = text[:cut] if cut < len(text) else ""
        if isinstance(shape, Lines):
            parts = announced(text)
            opening = parts[1] if parts else ""
        if opening and _is_idle(shape, opening):
            first[phrase(opening)] += 1
        if 0 < end < len(text) and _is_idle(shape, text[end:]) and _CUES & {word.folded for word in words(text[end:])}:
            last[phrase(text[end:])] += 1
    leading, trailing = (
        tuple(sorted(part for part, count in parts.items() if count >= need)) for parts in (first, last)
    )
    return Dress(leading=leading, trailing=trailing)


def _is_idle(shape: Shape, part: str) -> bool:
    """Whether a sentence could be dress, if it repeats: words, no content, no caveat; before a list, a heading."""
    if isinstance(shape, Lines):
        return part.rstrip().endswith((":", "：")) and not caveats(part) and not is_listed(part)
    is_said = len(words(part)) >= _FEWEST_WORDS and not caveats(part) and not doubts(part)
    return is_said and shape.read(unwrapped(part)) is None and not any(character.isdigit() for character in part)


def _is_headed(shape: Shape, cores: Sequence[str], need: int) -> bool:
    """Whether some answers have a heading and others do not, so that it cannot be content."""
    if isinstance(shape, Lines):
        headed = sum(announced(core) is not None for core in cores)
    else:
        headed = sum(heading(core, head(core)) > 0 for core in cores)
    return headed >= need and len(cores) - headed >= max(need, _BARE * len(cores))


def _frames(shape: Shape, cores: Sequence[str], need: int) -> tuple[Frame, ...]:
    """The frames with enough replies and more than one content, longest first."""
    contents: defaultdict[Frame, list[str]] = defaultdict(list)
    bare = 0
    for core in cores:
        part = core if isinstance(shape, Folded) and not _is_explaining(core) else core[last_part(core) :]
        is_bare = not isinstance(shape, Folded) and content_of(shape, part, part) is not None
        places = [] if is_bare else list(_places(shape, part))
        bare += not places
        for frame, hole in places:
            contents[frame].append(folded(hole))
    stand = [
        frame for frame, holes in contents.items() if len(holes) >= need and (len(set(holes)) > 1 or _is_neutral(frame))
    ]
    is_alike = bare >= (need if isinstance(shape, Code | Number | Option) else max(need, _BARE * len(cores)))
    noted = _noted(stand, is_alike=is_alike)
    return tuple(sorted(noted, key=lambda frame: (-len(frame.before) - len(frame.after), frame.before, frame.after)))


def _is_explaining(core: str) -> bool:
    """Whether a last sentence concludes what comes before it."""
    cut = last_part(core)
    return 0 < cut < len(core) and concluding(core[cut:], head(core[cut:])) > 0


def _is_neutral(frame: Frame) -> bool:
    return bool(frame.before) and set(frame.before + frame.after) <= ANSWER_WORDS


def _places(shape: Shape, part: str) -> Iterator[tuple[Frame, str]]:
    """Where content may stand in a sentence: the words around it, and itself."""
    found = words(part[:5_000])
    if isinstance(shape, Folded):
        yield from _prefixes(part)
    elif len(found) <= _LONGEST_PART:
        places = list(windows(shape, part, found))
        if isinstance(shape, Option) and len(places) > 1:
            return
        for start, end in places:
            before, after = (tuple(word.folded for word in side) for side in (found[:start], found[end:]))
            yield Frame(before, after), part[found[start].start : found[end - 1].end]


def _prefixes(part: str) -> Iterator[tuple[Frame, str]]:
    """Every beginning that ends with a colon or a copula; negation and hedging are content."""
    found = head(part)[: _LONGEST_PREFIX + 1]
    for end in range(1, len(found)):
        before = tuple(word.folded for word in found[:end])
        if CAVEATS & set(before):
            return
        is_colon = part[found[end - 1].start : found[end].start].rstrip("*_ \n").endswith((":", "："))
        if is_colon or (before[-1] in COPULAS and end > 1):
            yield Frame(before), part[found[end - 1].end :]


def _noted(frames: Sequence[Frame], *, is_alike: bool) -> list[Frame]:
    """Frames with what they say beside the content: caveats, and what they speak of where that differs."""
    families = _families([_key(frame) for frame in frames])
    noted = []
    for frame in frames:
        said = sorted(CAVEATS & set(frame.before + frame.after))
        if len(families) > 1 and not is_alike:
            said += sorted(next((family for family in families if family & _key(frame)), set()))
        noted.append(replace(frame, note=" ".join(said).strip()))
    return noted


def _vocabulary(frames: Sequence[Frame]) -> tuple[str, ...]:
    """The words of frames that say nothing beside the content."""
    return tuple(sorted({word for frame in frames if not frame.note for word in _key(frame)}))


def _key(frame: Frame) -> set[str]:
    found = {SUMS.get(word, word) for word in frame.before}
    return {word for word in found if word == "total" or (word not in LINKS and word not in CAVEATS)}


def _families(keys: Sequence[set[str]]) -> list[set[str]]:
    """Groups of frames that speak of one thing: those that share a word."""
    families: list[set[str]] = []
    for key in filter(None, keys):
        kin = [family for family in families if family & key]
        families = [family for family in families if not family & key] + [set().union(key, *kin)]
    return families


def _is_explained(shape: Shape, dress: Dress, cores: Sequence[str], need: int) -> bool:
    """Whether explanations come before answers: the last sentence concludes, or other replies have an answer alone."""
    trial = replace(dress, is_explained=True)
    if isinstance(shape, Folded):
        return sum(_is_explaining(core) for core in cores) >= need
    alone = [dress.read(shape, core) is not None for core in cores]
    explained = sum(
        not is_alone and trial.read(shape, core) is not None for core, is_alone in zip(cores, alone, strict=True)
    )
    return explained >= need and (sum(alone) >= max(need, _BARE * len(cores)))


def surface(contents: Sequence[tuple[str, Content]]) -> tuple[str, str]:
    """What is commonest before and after the content: of whole answers if half agree, else without courtesy."""
    whole = [(text, content) for text, content in contents if not content.note]
    for texts, share in (([text for text, _ in whole], 0.5), ([content.shown for _, content in whole], 0.0)):
        found: Counter[tuple[str, str]] = Counter()
        for text, (_, content) in zip(texts, whole, strict=True):
            opened, raw, closed = text.strip().rpartition(content.raw)
            if raw:
                found[opened, closed] += 1
        top = found.most_common(1)
        if top and top[0][1] >= share * len(whole):
            return top[0][0]
    return "", ""
