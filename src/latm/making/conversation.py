"""The tool maker's conversation, with the log of its tries."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from latm import __version__
from latm.ledger import Usage
from latm.models import Message, Model, Request
from latm.provenance import Attempt, Making, Outcome
from latm.tool import Program


def _begun() -> tuple[str, float]:
    return datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()


@dataclass(slots=True)
class Conversation:
    """One conversation with the tool maker, whose history is kept from stage to stage.

    Attributes:
        model: the tool maker's.
        temperature: of every request; None leaves it to the provider.
        messages: so far.
        attempts: so far.
        usage: spent so far.
        model_name: which model answered last.
        started: when it began: ISO 8601, UTC, and by the clock that its seconds are counted with.
    """

    model: Model
    temperature: float | None
    messages: list[Message] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    model_name: str = ""
    started: tuple[str, float] = field(default_factory=_begun)

    async def say(self, stage: str, prompt: str) -> str:
        """Say one more thing; the completion.

        Raises:
            ModelError: the model could not answer.
        """
        self.messages.append(Message("user", prompt))
        request = Request(tuple(self.messages), purpose=stage, temperature=self.temperature)
        completion = await self.model.complete(request)
        self.messages.append(Message("assistant", completion.text))
        self.usage += completion.usage
        self.model_name = completion.model
        return completion.text

    def record(  # noqa: PLR0913  # what a making has beside its conversation
        self,
        task: str,
        outcome: Outcome,
        reason: str,
        program: Program | None,
        *,
        notes: Sequence[str] = (),
        beside: Usage = Usage(),  # frozen
    ) -> Making:
        """The record of the making that it was about.

        Args:
            task: the task's name.
            outcome: how it ended.
            reason: why, in one sentence.
            program: what it led to; None without one.
            notes: further facts for people.
            beside: what was spent beside it.
        """
        return Making(
            task=task,
            outcome=outcome,
            reason=reason,
            tool_id=program.id if program else None,
            model=self.model_name,
            attempts=tuple(self.attempts),
            caught=dict(Counter(attempt.gate for attempt in self.attempts if attempt.gate)),
            notes=tuple(notes),
            usage=self.usage + beside,
            started_at=self.started[0],
            seconds=time.monotonic() - self.started[1],
            version=__version__,
        )
