"""What a batch adds up to: counts over the whole output, spending and saving of this run."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from latm.answer import Route
from latm.batch.line import Line
from latm.ledger import Usage


@dataclass(slots=True)
class Counts:
    """Counts over the lines of an output.

    Attributes:
        questions: lines.
        resumed: how many of them were there before this run.
        routes: lines by route.
        right: answers equal to the input's.
        wrong: answers different from the input's, those that failed included.
        answered_now: lines of this run that have an answer.
    """

    questions: int = 0
    resumed: int = 0
    routes: Counter[Route] = field(default_factory=Counter)
    right: int = 0
    wrong: int = 0
    answered_now: int = 0

    def add(self, line: Line) -> None:
        """Count one line of this run."""
        self._count(line, 1)
        self.answered_now += line["route"] != Route.FAILED

    def resume(self, line: Line) -> None:
        """Count one line of an earlier run."""
        self._count(line, 1)
        self.resumed += 1

    def take_back(self, line: Line) -> None:
        """Count one line of an earlier run no longer, as its question is asked again."""
        self._count(line, -1)
        self.resumed -= 1

    def _count(self, line: Line, times: int) -> None:
        self.questions += times
        self.routes[Route(line["route"])] += times
        if "right" in line:
            self.right += times * line["right"]
            self.wrong += times * (not line["right"])


@dataclass(frozen=True, slots=True)
class Saving:
    """What answering every question of this run directly would have taken, less what was spent; an estimate.

    Each question is taken to cost the mean of the direct answers that there are: those of this run, or if it has
    none those on record in the tool cache.

    Attributes:
        tokens: saved; negative if more was spent. None if there is no direct answer to judge by.
        cost: US dollars saved; None if that, or a price, is unknown.
        share: saved tokens as a part of what answering directly would have taken.
        style: how those direct answers are asked for: the setting `answer_style`.
    """

    tokens: float | None = None
    cost: Decimal | None = None
    share: float | None = None
    style: str = "plain"


def saving(questions: int, spent: Usage, direct: Usage, style: str = "plain") -> Saving:
    """The saving of a run.

    Args:
        questions: that it answered.
        spent: on all of them, makings included.
        direct: on direct answers, to take the mean of.
        style: how they are asked for.
    """
    if not direct.calls or not questions:
        return Saving(style=style)
    tokens = direct.tokens / direct.calls * questions
    cost = None if direct.cost is None or spent.cost is None else direct.cost / direct.calls * questions - spent.cost
    return Saving(tokens - spent.tokens, cost, 1 - spent.tokens / tokens if tokens else None, style)


@dataclass(frozen=True, slots=True)
class Summary:
    """How a batch ended.

    Attributes:
        counts: over the whole output.
        spent: by this run, makings included.
        replayed: the part of it that came from a recording.
        saving: by this run.
        tools_made: ids of the tools that came into service meanwhile.
        seconds: wall time of this run.
    """

    counts: Counts
    spent: Usage
    replayed: Usage
    saving: Saving
    tools_made: tuple[str, ...]
    seconds: float
