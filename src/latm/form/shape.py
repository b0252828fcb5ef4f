"""A shape: one kind of content that answers can have. Each reads it from a text, compares it, and prints it again."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self


@dataclass(frozen=True, slots=True)
class Content:
    """The content of one answer.

    Attributes:
        value: as its shape reads it.
        note: what the words around it say beside it.
        raw: the text that it was read from.
        shown: the answer without courtesy and without an explanation before it.
    """

    value: Any
    note: str
    raw: str
    shown: str


class Shape(ABC):
    """One kind of content; subclasses are frozen dataclasses, whose fields are the details.

    Attributes:
        name: as the command line has it.
        asked_as: how a user asks for it, each way with what it means; empty if nobody can.
        is_worded: whether texts that differ in case, white space and a final full stop alone are the same in any case.
        is_free: whether it reads any text, refusals among them.
        is_whole: whether an answer is content from end to end if a user asks for it, with no words around it.
        is_sought: whether it is looked for in answers, in the order of `SHAPES`: the first that nearly all have wins.
    """

    __slots__ = ()
    name: ClassVar[str]
    asked_as: ClassVar[tuple[str, ...]] = ()
    is_worded: ClassVar[bool] = False
    is_free: ClassVar[bool] = False
    is_whole: ClassVar[bool] = False
    is_sought: ClassVar[bool] = False

    @abstractmethod
    def read(self, text: str) -> Any:
        """The content of a text, None if it has none of this shape."""

    def equal(self, one: Any, other: Any) -> bool:
        """Whether two contents are the same."""
        return bool(one == other)

    def printed(self, content: Any) -> str:
        """The text of a content, in the way that is commonest."""
        return str(content)

    def described(self) -> str:
        """One or two sentences on how to print it; empty if there is nothing to say."""
        return ""

    @classmethod
    def asked(cls, detail: str) -> Self:
        """The shape that a user asks for.

        Args:
            detail: what stands after the name and a colon; often empty.

        Raises:
            ValueError: there is no such detail; says what is wrong with it.
        """
        if detail:
            raise ValueError(f"{cls.name!r} takes nothing after it, but {detail!r} stands there")
        return cls()

    @classmethod
    def sought(cls, texts: Sequence[str]) -> Self:  # noqa: ARG003  # most look for the same, whatever the answers
        """The shape as it is looked for in these answers."""
        return cls()

    def settled(self, contents: Sequence[Content]) -> "Shape":  # noqa: ARG002  # most have no details
        """The shape with its details as these contents have them; found from them, so that it may print others."""
        return self

    def fitted(self, contents: Sequence[Content]) -> "Shape":  # noqa: ARG002  # most have no details
        """The shape that a user asked for, with what only contents can tell; it prints as the user said."""
        return self


def folded(text: str) -> str:
    """A text by which letter case, white space and a final full stop do not count."""
    return " ".join(text.split()).rstrip(".").casefold()
