"""Placeholder until the noun is merged."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Sameness(StrEnum):
    """How two answers compare."""

    SAME = "same"
    REWRITTEN = "same, written differently"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Form:
    """How the answers of a task look."""

    def compare(self, one: str, other: str) -> Sameness:
        """Compare."""
        if one == other:
            return Sameness.SAME
        return Sameness.REWRITTEN if _folded(one) == _folded(other) else Sameness.DIFFERENT

    def same(self, one: str, other: str) -> bool:
        """Whether two answers are the same."""
        return self.compare(one, other) is not Sameness.DIFFERENT

    def valid(self, text: str) -> bool:
        """Whether a text is an answer."""
        return bool(text.strip())

    def rendered(self, text: str) -> str:
        """In the commonest dress."""
        return text

    def described(self) -> str:
        """For the maker."""
        return ""

    def dump(self) -> str:
        """Text."""
        return "{}"

    @classmethod
    def load(cls, text: str) -> "Form":
        """From text."""
        del text
        return cls()


FOLDED = Form()


def find_form(answers: Sequence[str]) -> Form:
    """From examples."""
    del answers
    return FOLDED


def _folded(text: str) -> str:
    return " ".join(text.split()).rstrip(".").casefold()
