"""Tables and the confusion of the dispatching study."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from latm.report import Cell, Column, Figure, HeatMap, Section, Table
from latm_bench.findings import Findings, counted, interval, number, percent, rate_json
from latm_bench.known_tasks import family
from latm_bench.statistics import Rate, clustered

PUBLISHED = ("published: GPT-3.5", 0.95, 0.96)
"""The paper's dispatcher: the right tool for known tasks, and new tasks recognised (arXiv 2305.17126, section 4)."""


@dataclass(frozen=True, slots=True)
class Decided:
    """Where one question was sent.

    Attributes:
        way: of dispatching.
        truth: the question's own task.
        known: whether that task, or one of its family, is known.
        near: whether the question is a near miss, which belongs to no known task.
        tooled: whether its task has a tool, where it is known.
        task: the task that it was taken for; None: new.
        answered: whether a tool's parser accepted it.
        right: whether that tool's answer is the label.
    """

    way: str
    truth: str
    known: bool
    near: bool
    tooled: bool
    task: str | None
    answered: bool
    right: bool

    @property
    def is_right_task(self) -> bool:
        """Whether it was taken for its task, or for one of its family."""
        return self.task is not None and family(self.task) == family(self.truth)


@dataclass(frozen=True, slots=True)
class Shares:
    """How one way of dispatching did, each share with its interval clustered by task.

    Attributes:
        tool: questions of known tasks with a tool that were taken for their task.
        right: the same of all known tasks, untoolable ones among them.
        precise: of all questions that were sent to a task, near misses apart, those of that task.
        new: new tasks' questions that were recognised as new.
        near: near misses that were taken for a known task.
        parsed: known tasks' questions that a parser decided.
        foreign: new tasks' questions that a tool answered.
        near_answered: near misses that a tool answered.
    """

    tool: Rate
    right: Rate
    precise: Rate
    new: Rate
    near: Rate
    parsed: Rate
    foreign: Rate
    near_answered: Rate

    @classmethod
    def of(cls, ones: Sequence[Decided]) -> "Shares":
        """Count one way's decisions."""
        known = [one for one in ones if one.known and not one.near]
        tooled = [one for one in known if one.tooled]
        new = [one for one in ones if not one.known]
        near = [one for one in ones if one.near]
        sent = [one for one in (*known, *new) if one.task is not None]
        return cls(
            tool=_share(tooled, [one.is_right_task for one in tooled]),
            right=_share(known, [one.is_right_task for one in known]),
            precise=_share(sent, [one.is_right_task for one in sent]),
            new=_share(new, [one.task is None for one in new]),
            near=_share(near, [one.task is not None for one in near]),
            parsed=_share(known, [one.answered for one in known]),
            foreign=_share(new, [one.answered for one in new]),
            near_answered=_share(near, [one.answered for one in near]),
        )


def _share(ones: Sequence[Decided], hits: Sequence[bool]) -> Rate:
    of = Counter(one.truth for one in ones)
    hit = Counter(one.truth for one, is_hit in zip(ones, hits, strict=True) if is_hit)
    return clustered((hit[task], count) for task, count in of.items())


def findings_of(decided: Sequence[Decided], tasks: int) -> Findings:
    """What the study found.

    Args:
        decided: every decision, in every way.
        tasks: how many task types there were.
    """
    ways = {way: Shares.of([one for one in decided if one.way == way]) for way in dict.fromkeys(d.way for d in decided)}
    local = ways["local"]
    ours = [one for one in decided if one.way == "local" and not one.near]
    return Findings(
        title=f"Dispatching: {tasks} task types, half of them new",
        lead="Known tasks have six examples each, and their tools. New tasks, and near misses of known ones, belong to "
        "none. Tasks that differ in size or wording alone count as one, and are known or new together.",
        figures=[
            Figure(percent(local.tool.value, 2), "right tool, of known tasks", counted(local.tool)),
            Figure(percent(local.new.value, 2), "recognised as new", counted(local.new)),
            Figure(percent(local.parsed.value), "of the known decided by a parser", "the rest by wording; no model"),
            Figure(
                percent(local.foreign.value, 2), "of new tasks' questions answered by a tool", counted(local.foreign)
            ),
        ],
        sections=[
            Section("Ways of dispatching", parts=[_table(ways)]),
            Section("Task by task, by the local dispatcher", parts=[_tasks_table(ours)]),
            Section("Confusion of the local dispatcher", parts=[_confusion(ours)]),
        ],
        measures={
            name: value
            for way, shares in ways.items()
            for name, value in (
                (f"right tool, {way}", shares.tool.value),
                (f"right task, {way}", shares.right.value),
                (f"recognised as new, {way}", shares.new.value),
                (f"near misses taken, {way}", shares.near.value),
            )
        }
        | {"decided by a parser": local.parsed.value, "new answered by a tool": local.foreign.value},
        data={
            way: {name: rate_json(getattr(shares, name)) for name in Shares.__slots__} for way, shares in ways.items()
        },
    )


def _table(ways: dict[str, Shares]) -> Table:
    columns = [
        Column("way"),
        number("known"),
        Column("right tool (95 %)", note="of the questions of known tasks that have one"),
        Column("right task (95 %)", note="of all known tasks' questions, untoolable ones among them"),
        Column("precision (95 %)", note="of all that were sent to a task, near misses apart"),
        number("new"),
        Column("recognised as new (95 %)"),
        Column("near misses taken (95 %)"),
        Column("near misses answered (95 %)", note="by a tool, with no model"),
    ]
    rows: list[list[Cell]] = [
        [way, shares.right.of,
         *(interval(rate) for rate in (shares.tool, shares.right, shares.precise)), shares.new.of,
         *(interval(rate) for rate in (shares.new, shares.near)),
         interval(shares.near_answered) if way == "local" else None]
        for way, shares in ways.items()
    ]  # fmt: skip
    label, right, new = PUBLISHED
    rows.append([label, None, percent(right), None, None, None, percent(new), None, None])
    caption = (
        "Local: shortlist, then the tools' own parsers, then wording. Taken: taken for a known task, which by itself "
        "answers nothing. Intervals clustered by task."
    )
    return Table(columns, rows, caption=caption)


def _tasks_table(ours: Sequence[Decided]) -> Table:
    columns = [
        Column("task"),
        number("known"),
        number("by parser", ".1%"),
        number("by wording", ".1%"),
        number("wrong task", ".1%"),
        number("taken as new", ".1%"),
        number("new"),
        number("recognised", ".1%"),
        number("answered by a tool", ".1%"),
    ]
    rows: list[list[Cell]] = []
    for task in sorted({one.truth for one in ours}):
        known = [one for one in ours if one.truth == task and one.known]
        new = [one for one in ours if one.truth == task and not one.known]
        rows.append(
            [
                task,
                len(known),
                _mean([one.is_right_task and one.answered for one in known]),
                _mean([one.is_right_task and not one.answered for one in known]),
                _mean([one.task is not None and not one.is_right_task for one in known]),
                _mean([one.task is None for one in known]),
                len(new),
                _mean([one.task is None for one in new]),
                _mean([one.answered for one in new]),
            ]
        )
    return Table(columns, rows)


def _mean(hits: Sequence[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None


def _confusion(ours: Sequence[Decided]) -> HeatMap:
    names = sorted({family(one.truth) for one in ours})
    rows: dict[str, list[float | None]] = {}
    for known, label in ((True, ""), (False, " (new)")):
        for name in names:
            ones = [one for one in ours if family(one.truth) == name and one.known is known]
            if ones:
                sent = Counter("new" if one.task is None else family(one.task) for one in ones)
                rows[name + label] = [sent[column] / len(ones) or None for column in [*names, "new"]]
    return HeatMap(
        [*names, "new"], rows, caption="Rows: the question's own task. Columns: what it was taken for. A dash: never."
    )
