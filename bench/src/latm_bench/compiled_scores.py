"""How compiled tools came out, question by question and task by task."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from latm import Making
from latm.parts import break_even
from latm_bench.baseline import DirectRecord
from latm_bench.statistics import Rate, clustered, wilson


@dataclass(frozen=True, slots=True)
class Scored:
    """One question of the mixed stream, scored.

    Attributes:
        task: which it is of.
        by_tool: whether a tool answered it.
        right: whether a tool's answer is the label.
        own: whether it was dispatched to its own task.
        kin: whether a tool of the task's family answered it.
        crashed: whether it went unanswered because the task's tool failed on it.
        seconds: from question to answer.
        direct: what the recorded direct model answered; None without a record.
        direct_right: whether that is the label.
    """

    task: str
    by_tool: bool
    right: bool
    own: bool
    kin: bool
    crashed: bool
    seconds: float
    direct: DirectRecord | None
    direct_right: bool

    @property
    def cascade_right(self) -> bool:
        """Whether tools, with the direct model where they abstain, are right."""
        return self.right if self.by_tool else self.direct_right


@dataclass(frozen=True, slots=True)
class TaskScore:
    """How one task came out.

    Attributes:
        name: the task.
        making: how its tool was made, or why there is none.
        coverage: share of the questions that a tool answered.
        precision: share of the answered questions that are right.
        own: share of the answered questions that were dispatched to their own task.
        kin: share of them that went to a tool of its family.
        crashed: questions that went unanswered because its tool failed.
        direct: share of the questions that the recorded direct model got right; of 0 without a record.
        direct_tokens: what one of its answers takes, estimated; None without a record.
        direct_tokens_bare: the same without its few-shot examples.
    """

    name: str
    making: Making
    coverage: Rate
    precision: Rate
    own: Rate
    kin: Rate
    crashed: int
    direct: Rate
    direct_tokens: float | None
    direct_tokens_bare: float | None

    @property
    def attempts(self) -> int:
        """Completions that the maker gave."""
        return sum(bool(attempt.completion) for attempt in self.making.attempts)

    @property
    def pays_from(self) -> float | None:
        """After how many questions its making is paid, against the recorded direct answers; None where unknown."""
        return self._pays_from(self.direct_tokens)

    @property
    def pays_from_bare(self) -> float | None:
        """The same, were the direct model asked without few-shot examples."""
        return self._pays_from(self.direct_tokens_bare)

    def _pays_from(self, tokens: float | None) -> float | None:
        """A question that the tool abstains from costs a direct answer all the same."""
        if tokens is None or self.making.tool_id is None or not self.coverage.value:
            return None
        return break_even(self.making.usage.tokens, tokens, tokens * (1 - self.coverage.value))


def score(making: Making, scored: Sequence[Scored]) -> TaskScore:
    """Score one task.

    Args:
        making: of its tool.
        scored: its questions.
    """
    answered = [one for one in scored if one.by_tool]
    recorded = [one for one in scored if one.direct]
    return TaskScore(
        making.task,
        making,
        coverage=wilson(len(answered), len(scored)),
        precision=wilson(sum(one.right for one in answered), len(answered)),
        own=wilson(sum(one.own for one in answered), len(answered)),
        kin=wilson(sum(one.kin for one in answered), len(answered)),
        crashed=sum(one.crashed for one in scored),
        direct=wilson(sum(one.direct_right for one in recorded), len(recorded)),
        direct_tokens=_mean(one.direct.tokens for one in recorded if one.direct),
        direct_tokens_bare=_mean(one.direct.tokens_bare for one in recorded if one.direct),
    )


def pooled(rates: Iterable[Rate]) -> Rate:
    """Several tasks' rates as one, with the interval clustered by task."""
    return clustered((rate.hits, rate.of) for rate in rates)


def _mean(values: Iterable[float]) -> float | None:
    listed = list(values)
    return math.fsum(listed) / len(listed) if listed else None
