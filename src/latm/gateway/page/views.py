"""What each page shows, read from the tool cache; every function is synchronous and for a thread of its own."""

import difflib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from urllib.parse import quote

from latm.answer import Answer, Route
from latm.answering.snapshot import Snapshot
from latm.certified import certified_part, current, said
from latm.event import Event
from latm.gateway.page.acts import Undo, undo_of
from latm.gateway.page.plots import cost_plot, routes_plot
from latm.latm import AsyncLatm
from latm.ledger import Usage, usd
from latm.provenance import Making, said_caught
from latm.report import Cell, Column, Figure, Link, Plot, Table
from latm.store import PURPOSES, Audit, Certified, RouteTotals, TaskLedger, TaskTotals, ToolCache
from latm.task import Task
from latm.tool import ToolStatus, ToolVersion

_DAYS = 7
_RECENT = 20
_RECORD = 200
_MOST = 500
_OTHERS = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is compared only, and could be switched on.

    Attributes:
        kinds: how many.
        share: of all traffic, what was of these kinds.
        audits: answers that were compared.
        wrong: how many of them differed.
        clean: how many of the kinds never differed.
    """

    kinds: int
    share: float
    audits: int
    wrong: int
    clean: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The first page."""

    figures: Sequence[Figure]
    plots: Sequence[Plot]
    waiting: Waiting | None
    is_empty: bool


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a tool as its page shows it."""

    tool: ToolVersion
    changes: str


@dataclass(frozen=True, slots=True)
class Happened:
    """An event, and what undoes it."""

    event: Event
    undo: Undo | None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind, its tool, and everything on record about them."""

    task: Task
    versions: Sequence[Version]
    bound: str
    calls: Sequence[Answer]
    abstained: Sequence[Answer]
    audits: Sequence[Audit]
    makings: Sequence[Making]
    record: Sequence[Happened]
    others: Sequence[str]

    @property
    def newest(self) -> ToolVersion | None:
        """The version to decide about: the one that serves, else the newest."""
        tools = [one.tool for one in self.versions]
        serving = [tool for tool in tools if tool.status is ToolStatus.SERVING]
        return serving[-1] if serving else tools[-1] if tools else None


def overview(latm: AsyncLatm) -> Overview:
    """What it did and saved."""
    cache = latm.cache
    totals, ledgers, steps = cache.totals(), cache.ledger(), cache.course(_DAYS)
    answers = sum(one.all.answers for one in totals)
    by_tool = sum(_by(one, Route.TOOL) for one in totals)
    billed = sum((one.total for one in ledgers), Usage())
    avoided = sum(one.avoided_tokens.mean for one in ledgers if one.avoided_tokens)
    costs = [one.avoided_cost.mean for one in ledgers if one.avoided_cost]
    direct = billed.tokens + avoided
    figures = [
        Figure(f"{answers:,}", "requests", f"{by_tool:,} of them answered by a tool"),
        Figure(f"{by_tool / answers:.1%}" if answers else "–", "answered by tools"),
        Figure(f"{billed.tokens:,}", "tokens spent", f"{_dollars(billed.cost)}; answers, makings and audits"),
        Figure(f"{avoided / direct:.0%}" if direct else "–", "of the tokens saved", _saved(avoided, sum(costs))),
    ]
    rate = avoided / by_tool if by_tool else 0.0
    plots = [routes_plot(steps), cost_plot(steps, rate)] if steps else []
    return Overview(figures, plots, _waiting(cache, totals, answers), is_empty=not answers)


def _saved(avoided: float, cost: float) -> str:
    return (
        f"about {avoided:,.0f} tokens" + (f", ${cost:,.4f}" if cost else "") + " that direct answers would have taken"
    )


def _waiting(cache: ToolCache, totals: Sequence[TaskTotals], answers: int) -> Waiting | None:
    compared = [one for one in cache.certificates() if one.state.status is ToolStatus.SHADOW]
    if not compared:
        return None
    names = {one.task for one in compared}
    came = sum(one.all.answers for one in totals if one.task in names)
    return Waiting(
        len(names),
        came / answers if answers else 0.0,
        sum(one.state.audits for one in compared),
        sum(one.state.wrong for one in compared),
        sum(bool(one.state.audits) and not one.state.wrong for one in compared),
    )


_KINDS = (
    Column("kind"),
    Column("status"),
    Column("tool"),
    Column("examples", ",", numeric=True, note="answered questions by which it is known"),
    Column("requests", ",", numeric=True),
    Column("coverage", ".1%", numeric=True, note="the share of its requests that a tool answered"),
    Column("left to the model", ",", numeric=True, note="requests of the kind that no tool answered"),
    Column("wrong, with the confidence asked for", note="the bound that audits have shown, and its age"),
)


def kinds(latm: AsyncLatm, root: str, query: str = "") -> Table:
    """Every kind with what serves it, its bound, and what it left to the model; at most 500.

    Args:
        latm: open.
        root: where the page is mounted.
        query: what their names contain.
    """
    cache = latm.cache
    totals = {one.task: one for one in cache.totals()}
    certified: defaultdict[str, list[Certified]] = defaultdict(list)
    for one in cache.certificates():
        certified[one.task].append(one)
    serving = {tool.task: tool for tool in cache.tools(status=ToolStatus.SERVING)}
    rows: list[list[Cell]] = []
    found = [task for task in cache.tasks() if query.casefold() in task.name.casefold()]
    for task in found[:_MOST]:
        total = totals.get(task.name, TaskTotals(task.name, {}))
        tool, by_tool = serving.get(task.name), _by(total, Route.TOOL)
        rows.append(
            [
                Link(task.name, f"{root}/kind?name={quote(task.name, safe='')}"),
                task.status,
                f"version {tool.number}" if tool else None,
                len(task.examples),
                total.all.answers,
                by_tool / total.all.answers if total.all.answers else None,
                total.all.answers - by_tool,
                said(certified_part(current(certified[task.name]))).replace("\n", "; "),
            ]
        )
    more = len(found) - len(rows)
    return Table(_KINDS, rows, caption=f"and {more:,} more: give a part of their names" if more else "")


def kind(latm: AsyncLatm, snapshot: Snapshot, name: str) -> Kind:
    """One kind, whole.

    Raises:
        NotFoundError: there is no such kind.
    """
    cache = latm.cache
    task = cache.task(name)
    versions = cache.tools(task=name)
    calls = cache.answers(name, _RECORD)
    certified = current(cache.certificates(name))
    known = snapshot.known
    names = {one.id: one.task.name for one in known}
    alike = [one.task.name for one in snapshot.neighbours(task, _OTHERS)]
    rest = [one.task.name for one in known if one.task.scope == task.scope and one.task.name not in {name, *alike}]
    others = [*alike, *rest][:_OTHERS]
    return Kind(
        task,
        [Version(one, _changes(versions[number - 1], one) if number else "") for number, one in enumerate(versions)],
        said(certified_part(certified)),
        [one for one in calls if one.route is Route.TOOL][:_RECENT],
        [one for one in calls if one.route is not Route.TOOL][:_RECENT],
        cache.audits(name, limit=_RECENT),
        cache.makings(name),
        [Happened(event, undo_of(event, names)) for event in reversed(cache.events(name))],
        others,
    )


def _changes(before: ToolVersion, after: ToolVersion) -> str:
    """What a version changed, as a unified diff."""
    sources = before.source.splitlines(), after.source.splitlines()
    names = f"version {before.number}", f"version {after.number}"
    return "\n".join(difflib.unified_diff(*sources, *names, lineterm=""))


def makings(latm: AsyncLatm, root: str) -> Table:
    """Every making, the newest first."""
    columns = [
        Column("when"),
        Column("kind"),
        Column("outcome"),
        Column("reason"),
        Column("tries", ",", numeric=True),
        Column("stopped by", note="the gates that stopped a try, and how often"),
        Column("tokens", ",", numeric=True),
    ]
    numbers: defaultdict[str, int] = defaultdict(int)
    rows: list[list[Cell]] = []
    for making in latm.cache.makings():
        number, numbers[making.task] = numbers[making.task], numbers[making.task] + 1
        when = making.started_at or f"making {number + 1}"
        rows.append(
            [
                Link(when, f"{root}/making?name={quote(making.task, safe='')}&number={number}"),
                making.task,
                making.outcome,
                making.reason,
                len(making.attempts),
                said_caught(making) or None,
                making.usage.tokens,
            ]
        )
    return Table(columns, rows[::-1][:_RECORD])


def making(latm: AsyncLatm, name: str, number: int) -> Making | None:
    """One making of a kind, by its place among them; None if there is none."""
    known = latm.cache.makings(name)
    return known[number] if 0 <= number < len(known) else None


def ledger(latm: AsyncLatm) -> Table:
    """What each kind cost, by purpose, and what its tools avoided."""
    ledgers = latm.cache.ledger()
    columns = [
        Column("kind"),
        Column("requests", ",", numeric=True),
        Column("by tool", ",", numeric=True),
        *(Column(purpose.replace("_", " "), ",", numeric=True, note="tokens") for purpose in PURPOSES),
        Column("all tokens", ",", numeric=True),
        Column("US dollars", ".4f", numeric=True),
        Column("tokens avoided", ",.0f", numeric=True, note="what direct answers would have taken; never added up"),
        Column("pays from", ",.0f", numeric=True, note="answers by the tool from which on its making has paid"),
    ]
    largest = sorted(ledgers, key=lambda one: -one.total.tokens)[:_MOST]
    rows = [_billed(one) for one in largest]
    total = sum((one.total for one in ledgers), Usage())
    avoided = sum(one.avoided_tokens.mean for one in ledgers if one.avoided_tokens)
    by = [sum(one.billed.get(purpose, Usage()).tokens for one in ledgers) for purpose in PURPOSES]
    counts = [sum(one.answers for one in ledgers), sum(one.by_tool for one in ledgers)]
    more = len(ledgers) - len(rows)
    caption = "The dearest kinds first. If a price is unknown, dollars are not shown."
    caption += f" {more:,} more are in the sums alone; `latm ledger` lists them." if more else ""
    all_: list[Cell] = ["all", *counts, *by, total.tokens, usd(total.cost), avoided, None]
    return Table(columns, rows, all_ if rows else (), caption)


def _billed(one: TaskLedger) -> list[Cell]:
    tokens: list[Cell] = [one.billed.get(purpose, Usage()).tokens for purpose in PURPOSES]
    avoided = one.avoided_tokens.mean if one.avoided_tokens else None
    pays = one.pays_from.mean if one.pays_from else None
    return [
        one.task or "of no known kind",
        one.answers,
        one.by_tool,
        *tokens,
        one.total.tokens,
        usd(one.total.cost),
        avoided,
        pays,
    ]


def record(latm: AsyncLatm, snapshot: Snapshot) -> Sequence[Happened]:
    """What happened lately, the newest first, with what undoes it."""
    names: Mapping[int, str] = {one.id: one.task.name for one in snapshot.known}
    return [Happened(event, undo_of(event, names)) for event in reversed(latm.cache.events(limit=_RECORD))]


def facts_of(making: Making) -> Mapping[str, str]:
    """A making in a few words each."""
    said_of = asdict(making.usage)
    return {
        "when": f"{making.started_at}, {making.seconds:.1f} s, latm {making.version}",
        "model": making.model or "none was asked",
        "spent": f"{said_of['calls']} model calls, {making.usage.tokens:,} tokens, {_dollars(making.usage.cost)}",
        "caught": said_caught(making) or "nothing",
    }


def _by(total: TaskTotals, route: Route) -> int:
    return total.routes.get(route, RouteTotals()).answers


def _dollars(cost: object) -> str:
    return "price unknown" if cost is None else f"${cost:,.4f}".removesuffix(".0000")
