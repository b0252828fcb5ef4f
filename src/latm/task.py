"""Tasks: the recurring kinds of question, and the examples they are known by."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from latm.errors import InputError
from latm.form import Form
from latm.question import ANY, Question, Scope, scope_of

GOLD = "gold"


@dataclass(frozen=True, slots=True)
class Instance:
    """One question in a stream.

    Attributes:
        question: the text to answer.
        id: what the caller calls it; its line number if the caller gives none.
        answer: the right answer if it is known; used for scoring, and as a gold example if `latm make` reads it.
        task: the task it belongs to if the caller says so.
        scope: what it shares with others.
        accepted: other right answers beside `answer`.
        kept: columns of its record that go along into the output, with their texts.
    """

    question: str
    id: str = ""
    answer: str | None = None
    task: str | None = None
    scope: Scope = ANY
    accepted: tuple[str, ...] = ()
    kept: tuple[tuple[str, str | None], ...] = ()

    @property
    def asked(self) -> Question:
        """The question without what is known about it."""
        return Question(self.question, self.scope, self.id)


@dataclass(frozen=True, slots=True)
class Example:
    """A question with its answer, and where the answer came from.

    Attributes:
        question: the text.
        answer: the answer.
        source: `gold`, or the name of a model.
        scope: the question's.
        dropped: why it is not evidence any more; empty while it stands. A dropped example is shown to no maker.
    """

    question: str
    answer: str
    source: str = GOLD
    scope: Scope = ANY
    dropped: str = ""

    @property
    def is_gold(self) -> bool:
        """Whether the answer is to be taken as right."""
        return self.source == GOLD


def scoped(
    examples: Sequence[Example], instructions: str | None = None, scope: Scope | str | None = None
) -> Sequence[Example]:
    """Examples in the scope that a caller means; those that have one of their own keep it.

    Args:
        examples: in any scope.
        instructions: the system text; None for none.
        scope: a scope, or the name of a project; None for none.

    Raises:
        InputError: an example has another scope of its own.
    """
    meant = scope_of(instructions, scope)
    if meant == ANY:
        return examples
    if other := next((example for example in examples if example.scope not in {ANY, meant}), None):
        raise InputError(
            f"The example {other.question[:60]!r} has a scope of its own, which is not the one given.",
            hint="Give the scope with the examples, or beside them, not both.",
        )
    return [replace(example, scope=meant) for example in examples]


class TaskStatus(StrEnum):
    """What has become of a task."""

    COLLECTING = "collecting"
    SERVED = "served"
    UNTOOLABLE = "untoolable"
    FAILED = "failed"
    WAITING = "waiting"
    DORMANT = "dormant"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Task:
    """A recurring kind of question.

    Attributes:
        name: unique among the tasks of a cache.
        examples: those that stand, in the order in which they came.
        status: whether a tool serves it, or why none does.
        reason: in one sentence, why it is untoolable or failed; empty otherwise.
        tool_id: the program that serves it.
        scope: what its questions share.
        form: how its answers look, and when two are the same.
        wording: what was fixed in its questions, kept if examples were forgotten; empty else.
    """

    name: str
    examples: tuple[Example, ...] = field(default=())
    status: TaskStatus = TaskStatus.COLLECTING
    reason: str = ""
    tool_id: str | None = None
    scope: Scope = ANY
    form: Form = Form()
    wording: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What a task's making is decided by: counted over all processes, whatever examples were kept.

    Attributes:
        came: questions of this kind that no tool answered.
        direct_answers: how many of them a model answered directly.
        direct_tokens: what those took together.
        direct_cost: the same in US dollars, as a float; None if a price is unknown.
        tried_at: `came` when the last making that reached a verdict began; 0 before.
        failures: makings in a row that could not be carried out, as in an outage of the maker.
        retry_at: seconds since the epoch, by the store's clock, before which making is not tried again; 0 for now.
    """

    came: int = 0
    direct_answers: int = 0
    direct_tokens: int = 0
    direct_cost: float | None = 0.0
    tried_at: int = 0
    failures: int = 0
    retry_at: float = 0.0
