"""The ledger of a store: what each task was billed, by purpose, and what its tools' answers would have cost."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import Connection, func, select

from latm.answer import Route
from latm.ledger import Usage, break_even
from latm.provenance import Outcome
from latm.store.payments import PaymentTable, Unrecorded
from latm.store.schema import answers, audits, journal, makings, tasks
from latm.store.usage import earlier_of, usage_of

PURPOSES = ("direct", "tool_user", "dispatcher", "making", "repairs", "audits", "unfinished", "unrecorded")
_OF_ROUTE = {
    Route.EXACT: "direct",
    Route.DIRECT: "direct",
    Route.FAILED: "direct",
    Route.TOOL_USER: "tool_user",
    Route.TOOL: "dispatcher",
}
_TWO_SIDED = 1.96
"""How many standard errors to either side hold 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What something would have cost, with a 95 % interval from the variation of the direct answers.

    Attributes:
        mean: the most likely value.
        low: the lower end; never below 0.
        high: the upper end; infinity if there is only one direct answer.
    """

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class TaskLedger:
    """What one task was billed, and what its tools avoided. The two are never added.

    Attributes:
        task: the task's name; None for questions of no known task.
        billed: by purpose: `direct`, `tool_user` and `dispatcher` for answers; `making`, `repairs`, `audits`;
            `unfinished`, the spending so far of makings that broke off; and, under no task, `unrecorded`: what was paid
            for and is recorded nowhere else, because it is under way, its process ended first, or it was forgotten.
        answers: how many questions were answered.
        by_tool: how many of them a tool answered without the strong model.
        direct_answers: how many the strong model answered.
        avoided_tokens: the tokens that direct answers to `by_tool` would have taken; None without a direct answer.
        avoided_cost: the same in US dollars; also None if a price is unknown.
        pays_from: how many answers by the tool pay for its makings, repairs and audits so far, in tokens; the cost of
            the tool user counts. None without a direct answer, or if the tool user takes no less than one.
        unknown_calls: how many calls had no reply, under no task: no sum includes their cost.
    """

    task: str | None
    billed: Mapping[str, Usage] = field(default_factory=dict)
    answers: int = 0
    by_tool: int = 0
    direct_answers: int = 0
    avoided_tokens: Estimate | None = None
    avoided_cost: Estimate | None = None
    pays_from: Estimate | None = None
    unknown_calls: int = 0

    @property
    def total(self) -> Usage:
        """Everything that was billed."""
        return sum(self.billed.values(), Usage())


class LedgerTable(PaymentTable):
    """The spending in the tool cache."""

    def ledger(self) -> list[TaskLedger]:
        """Every task's ledger, by name, with questions of no known task first. Together they are everything billed."""
        with self.reading() as connection:
            book = _Book()
            _answers(connection, book)
            _makings(connection, book)
            _audits(connection, book)
            book.add_unrecorded(self.unrecorded(connection))
        names = sorted(book.names, key=lambda name: (name is not None, name or ""))
        return [book.ledger(name) for name in names]


class _Book:
    """The sums by task, while they are read."""

    def __init__(self) -> None:
        self.names: set[str | None] = set()
        self.billed: defaultdict[str | None, dict[str, Usage]] = defaultdict(dict)
        self.answers: defaultdict[str | None, int] = defaultdict(int)
        self.by_tool: defaultdict[str | None, int] = defaultdict(int)
        self.tokens: defaultdict[str | None, _Sample] = defaultdict(_Sample)
        self.costs: defaultdict[str | None, _Sample] = defaultdict(_Sample)
        self.unknown = 0

    def add_unrecorded(self, more: Unrecorded) -> None:
        if more.usage.calls or more.unknown:
            self.bill(None, "unrecorded", more.usage)
            self.unknown = more.unknown

    def bill(self, task: str | None, purpose: str, usage: Usage) -> None:
        self.names.add(task)
        spent = self.billed[task]
        spent[purpose] = spent.get(purpose, Usage()) + usage

    def ledger(self, task: str | None) -> TaskLedger:
        billed, tokens, costs = self.billed[task], self.tokens[task], self.costs[task]
        once = sum((billed.get(name, Usage()) for name in ("making", "repairs", "audits", "unfinished")), Usage())
        by_tool = self.by_tool[task]
        each = billed.get("tool_user", Usage()).tokens / by_tool if by_tool else 0.0
        return TaskLedger(
            task,
            billed,
            self.answers[task],
            by_tool,
            tokens.count,
            tokens.of(by_tool),
            None if costs.is_unknown else costs.of(by_tool),
            tokens.pays(once.tokens, each),
            self.unknown if task is None else 0,
        )


@dataclass(slots=True)
class _Sample:
    """The costs of direct answers: their number, their sum and the sum of their squares."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0
    is_unknown: bool = False

    def add(self, value: float, times: int = 1) -> None:
        self.count += times
        self.total += value * times
        self.squares += value * value * times

    @property
    def mean(self) -> float:
        return self.total / self.count

    @property
    def deviation(self) -> float:
        """The standard deviation of one answer; infinity if there is only one."""
        if self.count == 1:
            return math.inf
        return math.sqrt(max(0.0, self.squares - self.total * self.mean) / (self.count - 1))

    def of(self, answers_: int) -> Estimate | None:
        """What this many more answers would have cost: the mean is uncertain, and each of them varies."""
        if not self.count:
            return None
        if not answers_:
            return Estimate(0.0, 0.0, 0.0)
        spread = _TWO_SIDED * self.deviation * math.sqrt(answers_ + answers_ * answers_ / self.count)
        mean = answers_ * self.mean
        return Estimate(mean, max(0.0, mean - spread), mean + spread)

    def pays(self, spent: float, each: float) -> Estimate | None:
        """How many answers pay for a single expense if each of them costs `each` for the tool user."""
        if not self.count or not self.mean:
            return None
        spread = _TWO_SIDED * self.deviation / math.sqrt(self.count)
        mean, low, high = (break_even(spent, self.mean + way * spread, each) for way in (0, 1, -1))
        return Estimate(mean, low, high) if math.isfinite(mean) else None


def _answers(connection: Connection, book: _Book) -> None:
    kept = answers.c
    group = (kept.task, kept.route, kept.calls, kept.input_tokens, kept.output_tokens, kept.cost, kept.earlier)
    for row in connection.execute(select(*group, func.count().label("times")).group_by(*group)):
        route, times = Route(row.route), row.times
        spent = usage_of(row)
        for purpose, part in earlier_of(row.earlier).items():
            spent -= part
            book.bill(row.task, purpose, _times(part, times))
        book.bill(row.task, _OF_ROUTE[route], _times(spent, times))
        book.answers[row.task] += times
        if route in {Route.TOOL, Route.TOOL_USER}:
            book.by_tool[row.task] += times
        if route is Route.DIRECT and spent.calls:  # an answer shared with an equal question cost nothing itself
            book.tokens[row.task].add(spent.tokens, times)
            costs = book.costs[row.task]
            costs.is_unknown = costs.is_unknown or spent.cost is None
            costs.add(float(spent.cost or Decimal(0)), times)


def _times(usage: Usage, times: int) -> Usage:
    cost = None if usage.cost is None else usage.cost * times
    return Usage(usage.calls * times, usage.input_tokens * times, usage.output_tokens * times, cost)


def _makings(connection: Connection, book: _Book) -> None:
    has_tool: set[str] = set()
    for row in connection.execute(select(makings).order_by(makings.c.id)).all():
        book.bill(row.task, "repairs" if row.task in has_tool else "making", usage_of(row))
        if row.outcome in {Outcome.MADE, Outcome.REUSED, Outcome.IMPORTED}:
            has_tool.add(row.task)
    for row in connection.execute(select(journal)).all():
        book.bill(row.task, "unfinished", usage_of(row))


def _audits(connection: Connection, book: _Book) -> None:
    found = select(audits, tasks.c.name).join(tasks, tasks.c.id == audits.c.task_id, isouter=True)
    for row in connection.execute(found.where(audits.c.calls > 0)):
        book.bill(row.name, "audits", usage_of(row))
