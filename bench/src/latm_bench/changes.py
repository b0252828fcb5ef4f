"""How the world changes under a tool: the same question in other words, another one in nearly the same words."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from latm import Instance

_COUNTING = re.compile(r"I have (?P<things>.*)\. How many (?P<kind>.*) do I have\?", re.DOTALL)
_SORTING = "Sort the following words alphabetically: List: "
_BACKWARDS = (
    "Sort the following words in reverse alphabetically: List: ",
    "Sort the following words alphabetically in reverse: List: ",
    "Sort the following words alphabetically, from last to first: List: ",
)


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a task half-way through its questions.

    Attributes:
        task: which changes.
        what: `wording`, which leaves the answers as they are, or `meaning`.
        apply: one changed question; None if the question is not of the expected form.
    """

    task: str
    what: str
    apply: Callable[[Instance], Instance | None]

    @property
    def name(self) -> str:
        """What the changed task is called."""
        return f"{self.task}, other {self.what}"


def _reworded(item: Instance) -> Instance | None:
    found = _COUNTING.fullmatch(item.question.strip())
    if found is None:
        return None
    return replace(item, question=f"These are mine: {found['things']}. What is the number of {found['kind']} I own?")


def _reversed(item: Instance) -> Instance | None:
    if not item.question.startswith(_SORTING) or item.answer is None:
        return None
    words = item.question.removeprefix(_SORTING)
    opening = _BACKWARDS[len(words) % len(_BACKWARDS)]
    return replace(item, question=opening + words, answer=" ".join(reversed(item.answer.split())))


CHANGES = (Change("object_counting", "wording", _reworded), Change("word_sorting", "meaning", _reversed))
"""Two tasks of BIG-Bench Hard: one says the same in other words, one the reverse in nearly the same words."""
