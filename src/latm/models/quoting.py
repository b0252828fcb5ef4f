"""Texts without what they quote: a recording holds what a model said, but not the questions that it repeats."""

from collections.abc import Sequence

LEAST = 40
"""Characters in a row that count as a quotation; shorter runs may well be a text's own words."""

Quotation = tuple[int, int, int]
"""Which source, from which character, how many characters."""

Unquoted = str | tuple[str | Quotation, ...]
"""A text, or its own words and its quotations in turn."""


def unquoted(text: str, sources: Sequence[str]) -> Unquoted:
    """Replace every quotation by where it stands."""
    places: dict[str, tuple[int, int]] = {}
    for number, source in enumerate(sources):
        for start in range(len(source) - LEAST + 1):
            places.setdefault(source[start : start + LEAST], (number, start))
    pieces: list[str | Quotation] = []
    own = here = 0
    while here <= len(text) - LEAST:
        if (place := places.get(text[here : here + LEAST])) is None:
            here += 1
            continue
        number, start = place
        length = _alike(text[here:], sources[number][start:])
        pieces += [text[own:here], (number, start, length)]
        own = here = here + length
    return (*pieces, text[own:]) if pieces else text


def quoted(kept: Unquoted, sources: Sequence[str]) -> str:
    """The text again, from the same sources."""
    if isinstance(kept, str):
        return kept
    return "".join(piece if isinstance(piece, str) else _quote(piece, sources) for piece in kept)


def _quote(quotation: Quotation, sources: Sequence[str]) -> str:
    number, start, length = quotation
    return sources[number][start : start + length]


def _alike(one: str, other: str) -> int:
    """How many characters at the beginning are the same."""
    differing = (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differing, min(len(one), len(other)))
