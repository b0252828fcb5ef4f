"""Whether the answers of a kind have content that a program could find: opinions and refusals have none."""

from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest

from latm.form.dress import Dress
from latm.form.lexicon import OPINION, REFUSAL
from latm.form.tokens import words

_ENOUGH = 12
"""So many answers are needed before a kind is said to have no stable content."""
_FEW = 4
"""So many are enough to wait for more."""
_SHARE = 0.4
"""From this share of opinions and refusals on, it has none."""
_RECURS = 0.1
"""A word in so many of the answers belongs to their wording."""
_PROSE = 8
"""From so many words on, an answer is prose."""
_GRAMMAR = 0.2
"""The share of words that sentences of a language have in common, at least."""
_LONGEST = 4_000
"""Characters of a text that are looked at."""


def is_doubtful(answers: Sequence[str], questions: Sequence[str] = ()) -> bool:
    """Whether the first answers of a kind look as if they had no stable content, and too few came to say so."""
    return _FEW <= len(answers) < _ENOUGH and not is_stable(answers, questions, enough=_FEW)


def is_refusal(answer: str) -> bool:
    """Whether a reply says that it is not an answer."""
    return REFUSAL.match(answer.lstrip()) is not None


def is_stable(answers: Sequence[str], questions: Sequence[str] = (), *, enough: int = _ENOUGH) -> bool:
    """Whether answers without a clear shape may have stable content.

    Args:
        answers: to the questions of a kind, one each.
        questions: in the same order; none, if they are not known.
        enough: so many answers are needed before it is denied.
    """
    texts = [core for text in answers if (core := Dress().core(text))]
    if len(texts) < enough:
        return True
    if sum(bool(OPINION.search(text[:_LONGEST]) or REFUSAL.match(text)) for text in texts) >= _SHARE * len(texts):
        return False
    return not questions or not _is_new(texts, [question for question in questions if question.strip()])


def _is_new(answers: Sequence[str], questions: Sequence[str]) -> bool:
    """Whether answers are prose whose words are mostly neither from their question nor from the kind's wording."""
    written = [_written(answer) for answer in answers]
    often = Counter(word for found in written for word in set(found))
    common = {word for word, count in often.items() if count >= max(2, _RECURS * len(answers))}
    if median([_is_prose(found, common) for found in written]) < 1:
        return False
    said = [{word for word in found if _is_long(word)} for found in written]
    news = [
        len(found - common - _long_words(question)) / max(1, len(found))
        for found, question in zip_longest(said, questions[: len(said)], fillvalue="")
        if isinstance(found, set)
    ]
    return median(news) > 1 / 2


def _written(text: str) -> list[str]:
    """The words of a text in small letters that no comma sets apart: not the items of a list, nor codes or numerals."""
    text = text[:_LONGEST]
    found = words(text)
    return [
        word.folded
        for word in found
        if word.folded.isalpha()
        and not _is_capital(text[word.start : word.end].strip("*_`,;.:!?()\"'"))
        and not text[word.start : word.end].endswith((",", ";"))
    ]


def _is_capital(word: str) -> bool:
    return word.isupper() and word not in {"I", "A"}


def _is_prose(found: Sequence[str], common: set[str]) -> bool:
    """Whether words are those of sentences: many, and some of them, such as articles, shared by the other answers."""
    return len(found) >= _PROSE and sum(word in common for word in found) >= _GRAMMAR * len(found)


def median(numbers: Sequence[float]) -> float:
    """The middle one, the upper of two; the standard library's costs 5 ms on import."""
    return sorted(numbers)[len(numbers) // 2]


def _long_words(text: str) -> set[str]:
    return {word.folded for word in words(text[:_LONGEST]) if _is_long(word.folded)}


def _is_long(word: str) -> bool:
    return len(word) > 3 or not word.isascii()  # noqa: PLR2004  # shorter words are grammar
