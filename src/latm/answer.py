"""Answers: what came back for a question, which way, and for how much."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, TypedDict

from latm.ledger import Usage
from latm.question import ANY, Scope


class Route(StrEnum):
    """Which way an answer came."""

    TOOL = "tool"
    TOOL_USER = "tool-user"
    EXACT = "exact"
    DIRECT = "direct"
    FAILED = "failed"


FREE = frozenset((Route.TOOL, Route.EXACT))
"""Routes on which no model is asked for the answer."""


class ScopeDict(TypedDict):
    """A scope as JSON."""

    project: Annotated[str, "whose request it is; empty if there is only one"]
    instructions: Annotated[str, "the system text; empty without one"]
    form: Annotated[str, "the answer form that was asked for; empty without one"]
    model: Annotated[str, "the model that was asked for; empty if there is only one"]
    digest: Annotated[str, "names the scope; empty for the one that sets nothing"]


class UsageDict(TypedDict):
    """What an answer spent, as JSON."""

    calls: Annotated[int, "completions asked for"]
    input_tokens: Annotated[int, "tokens sent"]
    output_tokens: Annotated[int, "tokens received"]
    cost: Annotated[str | None, "US dollars, exact, as text; null if a price is unknown"]


class AnswerDict(TypedDict):
    """An answer as JSON: what `to_dict` of an answer gives. Keys are added, never renamed or taken away."""

    id: Annotated[str, "the caller's name for the question"]
    question: Annotated[str, "the text that was asked"]
    text: Annotated[str, "the answer; empty if `ok` is false"]
    ok: Annotated[bool, "whether there is an answer"]
    route: Annotated[str, "tool, tool-user, exact (an earlier answer to the same request), direct or failed"]
    reason: Annotated[str, "why there is none; empty otherwise"]
    task: Annotated[str | None, "the task that the question was found to belong to"]
    tool_id: Annotated[str | None, "the tool that gave it"]
    usage: Annotated[UsageDict, "what it spent"]
    seconds: Annotated[float, "from question to answer"]
    waited: Annotated[float, "seconds of them that its model calls waited for their turn"]
    evidence: Annotated[str, "why this route was taken"]
    serial: Annotated[str, "latm's own name for the answer, by which `latm audit` knows it"]
    bound: Annotated[float | None, "share of the tool's answers that is wrong at most; 1 if nothing is known"]
    missing: Annotated[list[str], "what nobody could read, if `partial` allows a part of an answer"]
    scope: Annotated[ScopeDict, "what the question shares with others"]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question.

    Attributes:
        question: the text that was asked.
        text: the answer; empty if the route is `failed`.
        route: which way it came.
        task: the task it was found to belong to; None if unknown.
        tool_id: the tool that gave it; None without one.
        usage: tokens, model calls and money spent on this answer alone.
        seconds: wall time from question to answer.
        evidence: in one sentence, why this route was taken.
        id: the caller's name for the question.
        scope: the question's.
        reason: if the route is `failed`, the name of the cause; empty otherwise.
        abstained: whether its task has a tool, which abstained.
        serial: latm's own name for this answer, given to no other; `latm audit` knows it by that. Empty before it is
            asked for.
        tool: the version that gave it, as its task's name and its number there; None without one.
        bound: what share of that version's answers is wrong at most, as far as audits had shown; None without one.
        retry_after: if the route is `failed`, in how many seconds the same question may be answered, as the provider
            said; 0 if it may pass and nobody said when. None if asking again would be of no use.
        guard: if its task's tool was kept from answering, by what: `abstained`, `failed`, `form`, `disagreed`,
            `afterthought`, `absence`.
        exact: names the request, if its answer may serve equal ones.
        held: the answer that the tool would have given then; empty if it had none.
        missing: arguments of its tool that nobody could read: then the text is a part of an answer, which the setting
            `partial` allows.
        earlier: what of `usage` went, by purpose, to steps before the one that gave it: a dispatcher, a tool user.
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
    abstained: bool = False
    serial: str = field(default="", compare=False)
    tool: tuple[str, int] | None = field(default=None, compare=False)
    bound: float | None = field(default=None, compare=False)
    retry_after: float | None = field(default=None, compare=False)
    earlier: Mapping[str, Usage] = field(default_factory=dict, compare=False)
    guard: str = field(default="", compare=False)
    held: str = field(default="", compare=False)
    exact: str = field(default="", compare=False)
    missing: tuple[str, ...] = field(default=(), compare=False)

    @property
    def ok(self) -> bool:
        """Whether there is an answer at all."""
        return self.route is not Route.FAILED

    @property
    def cost(self) -> Decimal | None:
        """Money in US dollars; None if the model has no known price."""
        return self.usage.cost

    @property
    def waited(self) -> float:
        """Seconds that its model calls waited until fewer than `concurrency` were under way; part of `seconds`."""
        return self.usage.waited

    def to_dict(self) -> AnswerDict:
        """The answer as plain data for JSON."""
        usage, scope = self.usage, self.scope
        return {
            "id": self.id,
            "question": self.question,
            "text": self.text,
            "ok": self.ok,
            "route": self.route.value,
            "reason": self.reason,
            "task": self.task,
            "tool_id": self.tool_id,
            "usage": {
                "calls": usage.calls,
                "input_tokens": usage.input_tokens,
                "output_tokens": usage.output_tokens,
                "cost": None if usage.cost is None else str(usage.cost),
            },
            "seconds": self.seconds,
            "waited": self.waited,
            "evidence": self.evidence,
            "serial": self.serial,
            "bound": self.bound,
            "missing": list(self.missing),
            "scope": {
                "project": scope.project,
                "instructions": scope.instructions,
                "form": scope.form,
                "model": scope.model,
                "digest": scope.digest,
            },
        }
