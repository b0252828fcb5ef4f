"""The one place that knows when a completion is a completion."""

import logging
from dataclasses import dataclass

from latm.errors import CutOffError, EmptyError, PassingModelError, RefusedError
from latm.ledger import Usage
from latm.models.text import clean_text, one_line, without_reasoning

LOG = logging.getLogger("latm.models")

ENDED = frozenset({"stop", "end_turn", "stop_sequence", "eos", "eos_token", "complete", "completed", "end", "finished"})
"""How providers say that a completion ended by itself, in lower case. Any other word than those below cut it off."""
FILTERED = frozenset({
    "content_filter", "content-filter", "refusal", "safety", "sensitive", "recitation", "blocklist", "spii",
    "prohibited_content", "guardrail_intervened", "image_safety", "language",
})  # fmt: skip
BROKEN = frozenset(
    {"error", "abort", "aborted", "cancelled", "failed", "network_error", "insufficient_system_resource"}
)
CALLED = frozenset({"tool_calls", "tool_call", "tool_use", "function_call"})


_MORE = "Let it answer at greater length, or ask for less."


@dataclass(frozen=True, slots=True)
class Said:
    """What an endpoint said.

    Attributes:
        text: the completion, reasoning in it included.
        finish: the provider's own word for why it ended; empty if it does not say.
        refusal: the model's words for why it refuses; empty if it does not.
        reasoned: whether reasoning came beside the text.
    """

    text: str
    finish: str = ""
    refusal: str = ""
    reasoned: bool = False


class Reader:
    """Takes answers from what one model says.

    Args:
        name: the model's, for errors.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._is_silent = False

    def answer(self, said: Said, usage: Usage) -> str:
        """The text of a completion that ended by itself, without its reasoning.

        Args:
            said: what came.
            usage: what it has cost; errors carry it.

        Raises:
            CutOffError: it did not end by itself.
            RefusedError: the model or a filter would not answer.
            EmptyError: there is no answer in it.
            PassingModelError: the provider says that it broke off.
        """
        self._check_end(said, usage)
        text = without_reasoning(clean_text(said.text))
        if text is None or (said.text.strip() and not text.strip()):
            raise CutOffError(f"{self._name!r} gave reasoning and no answer.", hint=_MORE, usage=usage)
        if not text.strip():
            only = "reasoning and no answer" if said.reasoned else "an empty completion"
            raise EmptyError(f"{self._name!r} gave {only}.", usage=usage)
        return text

    def _check_end(self, said: Said, usage: Usage) -> None:
        finish, word = said.finish.lower(), one_line(said.finish)
        if said.refusal:
            raise RefusedError(f"{self._name!r} refused: {one_line(said.refusal).rstrip('.')}.", usage=usage)
        if finish in FILTERED:
            raise RefusedError(f"The completion of {self._name!r} was stopped by a filter ({word}).", usage=usage)
        if finish in BROKEN:
            raise PassingModelError(f"{self._name!r} broke off ({word}).", usage=usage)
        if finish in CALLED:
            raise EmptyError(f"{self._name!r} called a function instead of answering ({word}).", usage=usage)
        if finish and finish not in ENDED:
            raise CutOffError(f"The completion of {self._name!r} is cut off ({word}).", hint=_MORE, usage=usage)
        if not finish and not self._is_silent:
            self._is_silent = True
            LOG.warning("%s never says why a completion ended; each is taken as whole.", self._name)
