"""The fixed text that identifies the questions of a kind, and whether a question has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from latm.kinds.frame import Frame, Line, frame, line
from latm.kinds.sampling import spread
from latm.kinds.tokens import weight

_SAMPLE = 20
_FEWEST = 3
_TELLING = 2.0
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Wording:
    """What the questions of a kind share and other questions lack.

    Attributes:
        frame: the fixed text.
        usual: how much of it a typical question has, in words; no question needs all of it.
    """

    frame: Frame
    usual: float

    @property
    def tells(self) -> bool:
        """Whether there is enough text to identify a kind: expressions and bare data have none."""
        return self.usual >= _TELLING

    def fits(self, question: str) -> bool:
        """Whether a question has at least half of it: variants lack some, and phrases of a document are not enough."""
        return _said(self.frame, line(question)) >= _HALF * self.usual


def boilerplate(questions: Sequence[str]) -> Frame:
    """What nearly all questions of many kinds share, which is not the wording of any of them."""
    return frame([line(question) for question in spread(questions, _SAMPLE)])


def wording(questions: Sequence[str], around: Frame) -> Wording:
    """The wording of a kind.

    Args:
        questions: the questions of the kind; fewer than three share too much by chance to show anything.
        around: the boilerplate of all kinds.
    """
    if len(questions) < _FEWEST:
        return Wording(Frame(), 0.0)
    lines = [line(question) for question in spread(questions, _SAMPLE)]
    own = frame(lines)
    left = Frame(own.stretches - around.stretches, own.numbers - around.numbers)
    return Wording(left, median(_said(left, one) for one in lines))


def _said(fixed: Frame, asked: Line) -> float:
    """How much of a fixed text a question has, in words."""
    return sum(weight(text) for text, is_fixed in zip(asked.texts, fixed.fixed(asked), strict=True) if is_fixed)
