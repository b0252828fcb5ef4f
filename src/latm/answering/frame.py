"""What the wording of a task's examples has in common."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import add
from typing import Self

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Scripts that put no spaces between words (Thai, Lao, Burmese, Khmer, Japanese, Chinese): each character is a word."""

_TOKEN = re.compile(rf"[^\W\d_{_UNSPACED}]+|\d+|[^\w\s]|[_{_UNSPACED}]")
_ASCII_TOKEN = re.compile(r"[a-z]+|[0-9]+|[^\w\s]|_")

_LONGEST = 2_000
"""How many characters of a text are read, which bounds what one text can cost."""

_DEPTH = 20
"""How many examples of a task its frame is taken from."""

_YOUNG = 2
"""A task with at most this many examples is young."""

_POSTED_FROM = 600
"""How many characters at the ends of a young task's questions have their features posted."""


def features(question: str) -> frozenset[str]:
    """The words, word pairs and word triples of a question; digits count as one word, punctuation as words.

    In scripts without spaces a character is a word. In a text of more than 2,000 characters the first and the last
    1,000 count: the instruction is at one of the ends.
    """
    return features_of(words_of(question))


def words_of(question: str) -> list[str]:
    """The words of a question in order, as `features` counts them, between a mark for the start and one for the end."""
    text = _ends(question, _LONGEST).lower()
    found = (_ASCII_TOKEN if text.isascii() else _TOKEN).findall(text)
    return ["^ ", *["# " if token.isdigit() else token + " " for token in found], "$ "]


def features_of(words: list[str]) -> frozenset[str]:
    """The features of a question from its words."""
    pairs = list(map(add, words, words[1:]))
    return frozenset(chain(words, pairs, map(add, pairs, words[2:])))


def _ends(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest // 2]}\n{text[-(longest // 2) :]}"


@dataclass(frozen=True, slots=True)
class Frame:
    """What the examples of one task share.

    Attributes:
        examples: how many of its questions the frame was taken from.
        longest: characters of the longest question.
        counts: how many of the examples hold each feature.
        ends: while there are one or two examples, the features at the ends of their questions.
    """

    examples: int
    longest: int
    counts: Mapping[str, int]
    ends: frozenset[str] = frozenset()

    @classmethod
    def of(cls, questions: Sequence[str]) -> Self:
        """The frame of at least one question. The first twenty count: more would add time, not sharpness."""
        taken = questions[:_DEPTH]
        counts = dict(Counter(chain.from_iterable(map(features, taken))))
        young = taken if len(taken) <= _YOUNG else ()
        ends = chain.from_iterable(features(_ends(question, _POSTED_FROM)) for question in young)
        return cls(len(taken), max(map(len, questions)), counts, frozenset(counts.keys() & ends))

    @property
    def is_young(self) -> bool:
        """Whether there are too few examples to know what varies from question to question."""
        return self.examples <= _YOUNG
