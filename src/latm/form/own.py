"""A form of the caller's own: when two answers are the same."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from latm.errors import SettingsError
from latm.form.form import Form, Sameness
from latm.form.rulings import Pair

Same = Callable[[str, str], bool]
"""Whether two answers to one question say the same."""


@runtime_checkable
class Compares(Protocol):
    """An object that says when two answers are the same."""

    def same(self, one: str, other: str, /) -> bool:
        """Whether two answers to one question say the same."""
        ...


@dataclass(frozen=True, slots=True)
class OwnForm(Form):
    """A form found from examples, in which the caller says what is the same.

    It is stored as it was found: a function cannot be, so it is given again at each opening.

    Attributes:
        own: decides wherever two answers are not equal letter by letter.
    """

    own: Same = str.__eq__

    def compare(self, one: str, other: str) -> Sameness:
        """How two answers compare."""
        if one == other:
            return Sameness.SAME
        return Sameness.REWRITTEN if self.own(one, other) else Sameness.DIFFERENT

    def open_pair(self, one: str, other: str, question: str) -> Pair | None:  # noqa: ARG002  # as of any form
        """None: the caller has the last word, and no model is asked."""
        return None


def same_of(own: Same | Compares | None) -> Same | None:
    """The function of a form of one's own.

    Raises:
        SettingsError: it is neither a function nor an object with a method `same`.
    """
    if own is None or (callable(own) and not isinstance(own, type)):
        return own
    if isinstance(own, Compares) and not isinstance(own, type):
        return own.same
    raise SettingsError(
        f"The argument form is a {type(own).__name__}, {str(own)[:60]!r}, which cannot say when answers are the same.",
        hint="Give a function same(one, other), or an object with a method same.",
    )


def ruled_by(own: Same | None, form: Form) -> Form:
    """A form in which the caller says what is the same, if the caller does."""
    return form if own is None else OwnForm(form.shape, form.dress, form.is_stable, form.rulings, own)
