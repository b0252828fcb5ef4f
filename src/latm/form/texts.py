"""Shapes of text: to the letter, folded, one of a few labels, one word of a known look."""

# ruff: noqa: D102  the base class says what each method does
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from latm.form.shape import Content, Shape, folded

_LONGEST_CODE = 60
_OFTEN = 0.8
"""The share of the answers that have one look or another."""
_MOST_LABELS = 20
_LONGEST_LABEL = 3


@dataclass(frozen=True, slots=True)
class Exact(Shape):
    """Any text, to the letter."""

    name: ClassVar[str] = "exact"
    asked_as: ClassVar[tuple[str, ...]] = ("`exact`",)
    is_whole: ClassVar[bool] = True

    def read(self, text: str) -> str:
        return text

    def described(self) -> str:
        return "The answer counts to the letter, white space and letter case included."


@dataclass(frozen=True, slots=True)
class Folded(Shape):
    """Any text; letter case, white space and a final full stop do not count."""

    name: ClassVar[str] = "folded"
    asked_as: ClassVar[tuple[str, ...]] = ("`folded`",)
    is_whole: ClassVar[bool] = True
    is_worded: ClassVar[bool] = True
    is_free: ClassVar[bool] = True

    def read(self, text: str) -> str | None:
        return text.strip() or None

    def equal(self, one: str, other: str) -> bool:
        return folded(one) == folded(other)


@dataclass(frozen=True, slots=True)
class Label(Shape):
    """One of a few texts that come again and again, such as yes and no.

    Attributes:
        labels: as they are printed.
        is_open: whether there may be others, which were not seen yet.
    """

    labels: tuple[str, ...] = ()
    is_open: bool = False
    name: ClassVar[str] = "label"
    asked_as: ClassVar[tuple[str, ...]] = ("`label:yes,no`",)
    is_worded: ClassVar[bool] = True
    is_free: ClassVar[bool] = True

    def read(self, text: str) -> str | None:
        key = folded(text)
        return next((label for label in self.labels if folded(label) == key), None)

    def equal(self, one: str, other: str) -> bool:
        return folded(one) == folded(other)

    def described(self) -> str:
        others = ", or another of their kind" if self.is_open else ""
        return f"The answer is one of these{others}: {', '.join(self.labels)}."

    @classmethod
    def asked(cls, detail: str) -> Self:
        labels = tuple(label.strip() for label in detail.split(","))
        if not all(labels):
            raise ValueError("a label without a text stands")
        return cls(labels)


def labels_of(contents: Sequence[Content]) -> Label:
    """A few short texts that come again and again, each as it is written most often."""
    spellings = Counter(content.raw for content in contents)
    often = Counter(folded(content.raw) for content in contents)
    short = {folded(content.raw) for content in contents if "\n" not in content.raw}
    labels = {key for key in short if often[key] > 1 and 0 < len(key.split()) <= _LONGEST_LABEL}
    if not labels or len(labels) > min(_MOST_LABELS, len(contents) / 3):
        return Label()
    found = {key: [text for text in spellings if folded(text) == key] for key in labels}
    common = (max(texts, key=lambda text: (spellings[text], text)) for texts in found.values())
    return Label(tuple(sorted(common)), is_open=True)


def signature(text: str) -> str:
    """What a word looks like: digits as 9, runs of letters as a, other signs as they are."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"[0-9]", "9", text.strip().removesuffix(".")))


def outline(text: str) -> str:
    """What a word looks like, however many digits its numbers have."""
    return re.sub(r"9+", "9…", signature(text))


@dataclass(frozen=True, slots=True)
class Code(Shape):
    """One word of letters, digits and signs: a date, a time, a number of a part.

    Attributes:
        patterns: what it looks like, by `signature` or `outline`.
    """

    patterns: tuple[str, ...] = ()
    name: ClassVar[str] = "code"
    is_sought: ClassVar[bool] = True
    is_worded: ClassVar[bool] = True

    def read(self, text: str) -> str | None:
        code = text.strip().removesuffix(".")
        is_known = len(code) <= _LONGEST_CODE and not {signature(code), outline(code)}.isdisjoint(self.patterns)
        return code if is_known else None

    def equal(self, one: str, other: str) -> bool:
        return folded(one) == folded(other)

    def described(self) -> str:
        looks = " or ".join(self.patterns)
        meaning = "where 9 stands for a digit, 9… for one or more, and a for letters"
        return f"The answer is one word that looks like {looks}, {meaning}."

    @classmethod
    def sought(cls, texts: Sequence[str]) -> Self:
        """The looks of words that have digits among other signs and come again and again."""
        for looks_of in (signature, outline):
            looks: Counter[str] = Counter()
            for text in texts:
                found = {looks_of(word.strip("*_`\"'()[],;:!?")) for word in text.split()[:100]}
                looks.update(look for look in found if "9" in look and not look.strip("…").isdigit())
            if common := sorted(look for look, count in looks.items() if count >= _OFTEN / 2 * len(texts)):
                return cls(tuple(common))
        return cls()
