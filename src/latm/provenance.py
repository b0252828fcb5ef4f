"""How a tool came to be: every making with its tries, what failed and why, and what it cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from latm.ledger import Usage


class Outcome(StrEnum):
    """How a making ended."""

    MADE = "made"
    REUSED = "reused"
    IMPORTED = "imported"
    UNTOOLABLE = "untoolable"
    SEVERAL = "several"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One completion of the tool maker, and what the gates said of it.

    Attributes:
        stage: `propose`, `verify` or `wrap`.
        prompt: what was added to the conversation for this try.
        completion: the maker's words.
        gate: the gate that stopped it; empty if all passed.
        failure: what the gate saw, as it was fed back; empty if all passed.
    """

    stage: str
    prompt: str
    completion: str
    gate: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Making:
    """One making, whole.

    Attributes:
        task: for which task.
        outcome: how it ended.
        reason: in one sentence.
        tool_id: the tool it led to; None without one.
        model: the maker's model.
        attempts: in order.
        caught: by gate, how many tries it stopped.
        notes: further facts for a person, such as labels dropped with their evidence.
        usage: tokens and money, fresh direct answers included.
        started_at: ISO 8601, UTC.
        seconds: wall time.
        version: the latm that made it.
    """

    task: str
    outcome: Outcome
    reason: str
    tool_id: str | None
    model: str
    attempts: Sequence[Attempt] = ()
    caught: Mapping[str, int] = field(default_factory=dict)
    notes: Sequence[str] = ()
    usage: Usage = field(default_factory=Usage)
    started_at: str = ""
    seconds: float = 0.0
    version: str = ""


def said_caught(making: Making) -> str:
    """How many tries each gate stopped, in words; empty if none did."""
    return ", ".join(f"{gate} {count}" for gate, count in making.caught.items())
