"""Examples of several kinds: what the maker says of them, and what a tool that answers a part of them shows."""

import re
from collections.abc import Collection, Sequence

from latm.kinds import by_form, whole

Parts = tuple[tuple[str, ...], ...]
"""The questions of each kind."""

_SEVERAL = re.compile(r"^[^\w\n]*SEVERAL KINDS\b(?P<lines>.*)", re.IGNORECASE | re.MULTILINE | re.DOTALL)
_LINE = re.compile(
    r"^[^\w\n]*(?:requests?\s+)?(?P<numbers>\d+(?:(?:\s*,\s*|\s+|\s*,?\s*and\s+)\d+)*)\s*[*_`]*:",
    re.IGNORECASE | re.MULTILINE,
)
_FEWEST = 2


def said_several(completion: str) -> bool:
    """Whether a completion says that the examples are of several kinds."""
    return _SEVERAL.search(completion) is not None


def read_several(completion: str, questions: Sequence[str]) -> Parts:
    """The questions of each kind, as the maker sorts the examples that it was shown.

    Args:
        completion: the maker's words.
        questions: of the examples, in the order in which they were shown.

    Returns:
        At least two kinds, each with its questions; one that the maker gave no number is in none. Empty if the words
        name fewer kinds, a number that there is not, or one number twice.
    """
    found = _SEVERAL.search(completion)
    lines = _LINE.finditer(found["lines"]) if found else ()
    sets = [[int(number) for number in re.findall(r"\d+", line["numbers"])] for line in lines]
    named = [number for one in sets for number in one]
    if len(sets) < _FEWEST or len(set(named)) < len(named) or not set(named) <= set(range(1, len(questions) + 1)):
        return ()
    return tuple(tuple(questions[number - 1] for number in one) for one in sets)


def shown_by(answered: Collection[str], questions: Sequence[str]) -> Parts:
    """The two kinds that a tool shows which answers some of the questions right and not the others.

    Args:
        answered: the questions that it answers.
        questions: all of them.

    Returns:
        Those that it answers and those that it does not, if their wordings tell them apart; else nothing: a tool that
        fails here and there on one kind shows no second one.
    """
    labels = {index: question in answered for index, question in enumerate(questions)}
    divided = by_form(questions, whole(questions), labels) if questions else {}
    parts = [tuple(questions[index] for index, label in divided.items() if label is which) for which in (True, False)]
    return tuple(parts) if all(parts) else ()
