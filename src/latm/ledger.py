"""The ledger: what was spent, and whether making a tool pays."""

import math
from dataclasses import dataclass, field, replace
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Usage:
    """What model calls spent.

    Attributes:
        calls: completions asked for.
        input_tokens: tokens sent.
        output_tokens: tokens received.
        cost: US dollars; None as soon as one call had no known price, so that an unknown price is never a zero.
        waited: seconds that its calls waited until fewer than `concurrency` were under way; two usages that differ in
            nothing else are equal.
        payments: what of it is noted as paid, and goes along until it is on record; of no matter when two are compared.
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal | None = Decimal(0)
    waited: float = field(default=0.0, compare=False)
    payments: tuple["Payment", ...] = field(default=(), compare=False, repr=False)

    @property
    def tokens(self) -> int:
        """Tokens sent and received."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: "Usage") -> "Usage":
        cost = None if self.cost is None or other.cost is None else self.cost + other.cost
        return Usage(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            cost,
            self.waited + other.waited,
            self.payments + other.payments,
        )

    def __sub__(self, other: "Usage") -> "Usage":
        """What is left without a part of it."""
        cost = None if self.cost is None or other.cost is None else self.cost - other.cost
        calls, sent = self.calls - other.calls, self.input_tokens - other.input_tokens
        return Usage(calls, sent, self.output_tokens - other.output_tokens, cost, self.waited, self.payments)

    @property
    def settled(self) -> "Usage":
        """The same, once it is on record."""
        return replace(self, payments=())


@dataclass(frozen=True, slots=True)
class Payment:
    """What one try was paid for.

    Attributes:
        payer: the process that noted it, as the store names it.
        usage: of this try alone.
    """

    payer: str
    usage: Usage


def usd(cost: Decimal | None) -> float | None:
    """A cost as tables and JSON have it."""
    return None if cost is None else float(cost)


def break_even(making: float, direct: float, by_tool: float = 0.0) -> float:
    """How many questions it takes until a tool has paid for its making.

    LATM (arXiv 2305.17126), section 3.3: answering n questions costs n·c directly and C + n·c' with a tool, so a tool
    pays from n = C / (c − c') on.

    Args:
        making: C, what making costs, in money or tokens.
        direct: c, what one direct answer costs, in the same unit.
        by_tool: c', what one answer by the tool costs; 0 for a compiled tool.

    Returns:
        The number of questions; infinity if a tool saves nothing.
    """
    saved = direct - by_tool
    return making / saved if saved > 0 else math.inf


def expected_questions(seen: int, passed: int, remaining: int | None) -> float:
    """How many more questions of a kind to expect.

    If the length of the stream is known, its future looks like its past. If it is not, a kind that was seen n
    times is expected n more times: then making is tried once as much was spent on direct answers as making costs, which
    is never worse than twice the best choice in hindsight (the ski-rental bound; Karlin et al., Algorithmica 3, 1988).

    Args:
        seen: questions of this kind so far.
        passed: questions of any kind so far.
        remaining: questions still to come; None if unknown.
    """
    if remaining is None:
        return float(seen)
    return seen * remaining / max(passed, 1)
