"""Tasks: the recurring kinds of question, and the examples they are known by."""

from dataclasses import dataclass, field
from enum import StrEnum

GOLD = "gold"


@dataclass(frozen=True, slots=True)
class Instance:
    """One question in a stream.

    Attributes:
        question: the text to answer.
        id: what the caller calls it; its line number where the caller gives none.
        answer: the right answer where it is known; used for scoring, and as a gold example where `latm make` reads it.
        task: the task it belongs to where the caller says so.
    """

    question: str
    id: str = ""
    answer: str | None = None
    task: str | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A question with its answer, and where the answer came from: `gold`, or the name of a model."""

    question: str
    answer: str
    source: str = GOLD

    @property
    def is_gold(self) -> bool:
        """Whether the answer is to be taken as right."""
        return self.source == GOLD


class TaskStatus(StrEnum):
    """What has become of a task."""

    COLLECTING = "collecting"
    SERVED = "served"
    UNTOOLABLE = "untoolable"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Task:
    """A recurring kind of question.

    Attributes:
        name: unique among the tasks of a cache.
        examples: in the order in which they came.
        status: whether a tool serves it, or why none does.
        reason: in one sentence, why it is untoolable or failed; empty otherwise.
        tool_id: the tool that serves it.
        tried_at: how many examples it had when making was last tried; 0 before.
    """

    name: str
    examples: tuple[Example, ...] = field(default=())
    status: TaskStatus = TaskStatus.COLLECTING
    reason: str = ""
    tool_id: str | None = None
    tried_at: int = 0
