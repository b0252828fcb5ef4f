"""The shape of multiple choice: the letter of an option."""

# ruff: noqa: D102  the base class says what each method does
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from latm.form.shape import Content, Shape

_OPTION = re.compile(
    r"(?:option\s+)?(?P<open>[(\[]?)(?P<letter>[A-Za-z])(?P<close>[)\].:]?)(?P<text>\s+\S[^\n]{0,500})?", re.IGNORECASE
)


_SECOND = re.compile(r"^\s+(?:or|and|not|but|is|unless|if)\b|[(\[][A-Za-z][)\]]", re.IGNORECASE)
"""After a letter: a second option, or a remark on the first."""
_PLAIN_OPTION = re.compile(r"(?P<open>[(\[]?)(?P<letter>[A-Za-z])(?P<close>[)\].:]?)")


@dataclass(frozen=True, slots=True)
class Option(Shape):
    """The letter of an option: `(B)`, `B`, `b)` and `(B) its text` say the same.

    Attributes:
        opened, closed: what stands around the letter where it is printed.
        is_upper: whether it is printed as a capital.
    """

    opened: str = "("
    closed: str = ")"
    is_upper: bool = True
    name: ClassVar[str] = "option"
    asked_as: ClassVar[tuple[str, ...]] = ("`option`",)
    is_sought: ClassVar[bool] = True
    is_worded: ClassVar[bool] = True

    def read(self, text: str) -> str | None:
        match = _OPTION.fullmatch(re.sub(r"([)\]])\.\Z", r"\1", text.strip()))
        if match is None or (match["text"] and (not match["close"] or _SECOND.search(match["text"]))):
            return None
        return match["letter"].upper()

    def printed(self, content: str) -> str:
        return f"{self.opened}{content if self.is_upper else content.lower()}{self.closed}"

    def described(self) -> str:
        return f"The answer is the letter of one option, written as {self.printed('A')}."

    def settled(self, contents: Sequence[Content]) -> Shape:
        matches = [match for content in contents if (match := _PLAIN_OPTION.match(content.raw))]
        looks = Counter((match["open"], match["close"], match["letter"].isupper()) for match in matches).most_common(1)
        return Option(*looks[0][0]) if looks else Option()
