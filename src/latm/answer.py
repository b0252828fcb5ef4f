"""Answers: what came back for a question, which way, and for how much."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from latm.ledger import Usage
from latm.question import ANY, Scope


class Route(StrEnum):
    """Which way an answer came."""

    TOOL = "tool"
    TOOL_USER = "tool-user"
    DIRECT = "direct"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question.

    Attributes:
        question: the text that was asked.
        text: the answer; empty where the route is `failed`.
        route: which way it came.
        task: the task it was found to belong to; None where unknown.
        tool_id: the tool that gave it; None without one.
        usage: tokens, model calls and money spent on this answer alone.
        seconds: wall time from question to answer.
        evidence: in one sentence, why this route was taken.
        id: the caller's name for the question.
        scope: the question's.
        reason: where the route is `failed`, the name of the cause; empty otherwise.
    """

    question: str
    text: str
    route: Route
    task: str | None = None
    tool_id: str | None = None
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    evidence: str = ""
    id: str = ""
    scope: Scope = ANY
    reason: str = ""

    @property
    def ok(self) -> bool:
        """Whether there is an answer at all."""
        return self.route is not Route.FAILED

    @property
    def cost(self) -> Decimal | None:
        """Money in US dollars; None where the model has no known price."""
        return self.usage.cost
