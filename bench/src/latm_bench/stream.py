"""The stream study: tasks arrive one after another, tools with them, and half-way two tasks change."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from latm import Answer, AsyncLatm, Example, Instance, Making, Route
from latm.errors import InputError
from latm.parts import Models
from latm.report import Cell, Column, Figure, Plot, PlotStyle, Section, Series, Table
from latm_bench.changes import CHANGES, Change
from latm_bench.findings import Findings, counted, interval, number, percent, rate_json
from latm_bench.known_tasks import is_solvable
from latm_bench.running import Bench
from latm_bench.statistics import Rate, clustered, wilson
from latm_bench.tasks.sources import TaskSource
from latm_bench.tasks.splits import Split, paper_split
from latm_bench.tools import MadeTool, tools_of_run

_STRETCHES = 40


@dataclass(frozen=True, slots=True)
class Passed:
    """What became of one question.

    Attributes:
        place: in the stream, from 0.
        origin: the task that it was before any change.
        change: which change it has undergone; None for the rest.
        stood: whether its task had a tool by then.
        by_tool: whether a tool answered it.
        right: whether a tool's answer is the label.
    """

    place: int
    origin: str
    change: str | None
    stood: bool
    by_tool: bool
    right: bool

    @property
    def wrong(self) -> bool:
        """Whether a tool answered it wrongly."""
        return self.by_tool and not self.right


ARRIVALS_END = 0.5
"""By this share of the stream, every task has arrived."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A question of the stream.

    Attributes:
        item: with its label; its task is the changed one's name once it has changed.
        origin: the task that it was before any change.
        change: which change it has undergone; None for the rest.
    """

    item: Instance
    origin: str
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """What the study is asked to do.

    Attributes:
        tools: a run of the study of compiled tools.
        seed: of the arrivals and the order.
    """

    tools: Path
    seed: int = 0


async def study(bench: Bench, sources: Sequence[TaskSource], options: Options) -> Findings:
    """Let a long stream pass through the product, whose tools come into service as their tasks become known.

    A tool of an earlier run comes into service once as many questions of its task have passed as its making took. What
    tools abstain from is left to the model, which is not part of this study. If a tool maker is set, a changed task
    gets a tool of its own, made from its first changed questions.

    Args:
        bench: its tool maker, if there is one, makes the changed tasks' tools.
        sources: the tasks.
        options: of the tools and the order.

    Raises:
        InputError: there are no tools.
        LatmError: a model or the machine failed.
    """
    made = tools_of_run(options.tools)
    splits = {source.name: paper_split(source.instances()) for source in sources}
    if not made.keys() & splits.keys():
        raise InputError(
            f"The run {str(options.tools)!r} has tools for none of these tasks.", hint="Name the same --data."
        )
    coming = list(arranged(splits, options.seed))
    settings = bench.settings.model_copy(update={"making": "never", "reuse": False})
    models = Models(bench.models.maker, None, None, None, bench.models.meter)
    async with AsyncLatm(settings, models=models) as latm:
        course = Course(bench, latm, splits, made)
        for start in range(0, len(coming), settings.block):
            await course.pass_block(coming[start : start + settings.block])
            if start // settings.block % 20 == 0:
                bench.progress(start, len(coming), f"{len(course.standing)} tasks are known")
    return findings_of(course.passed, course.makings)


def arranged(splits: Mapping[str, Split], seed: int) -> Iterator[Coming]:
    """The questions of all tasks in the order in which they come; a task's own stay in their order."""
    rng = random.Random(seed)  # noqa: S311  # an experiment's order, no secret
    names = list(splits)
    rng.shuffle(names)
    places: list[tuple[float, Coming]] = []
    for turn, name in enumerate(names):
        begins = ARRIVALS_END * turn / len(names)
        when = sorted(rng.uniform(begins, 1.0) for _ in splits[name].test)
        places += zip(when, _changing(name, splits[name].test), strict=True)
    yield from (coming for _, coming in sorted(places, key=lambda place: place[0]))


def _changing(name: str, items: Sequence[Instance]) -> Iterator[Coming]:
    change = next((change for change in CHANGES if change.task == name), None)
    for place, item in enumerate(items):
        changed = change.apply(item) if change and place >= len(items) / 2 else None
        if change and changed:
            yield Coming(replace(changed, task=change.name), name, change)
        else:
            yield Coming(item, name)


class Course:
    """The stream as it passes.

    Args:
        bench: hears of makings.
        latm: answers, by the tools that are in service.
        splits: the tasks.
        made: the tools that come into service.

    Attributes:
        passed: what became of every question so far.
        standing: the tasks that are known, and from which question on.
        makings: those of changed tasks.
    """

    def __init__(
        self, bench: Bench, latm: AsyncLatm, splits: Mapping[str, Split], made: Mapping[str, MadeTool]
    ) -> None:
        self.passed: list[Passed] = []
        self.standing: dict[str, int] = {}
        self.makings = list[Making]()
        self._bench = bench
        self._latm = latm
        self._splits = splits
        self._made = made
        self._seen: defaultdict[str, list[Example]] = defaultdict(list)

    async def pass_block(self, block: Sequence[Coming]) -> None:
        """Answer a block, then let the tools in whose time has come."""
        answers = [answer async for answer in self._latm.run([coming.item for coming in block])]
        for coming, answer in zip(block, answers, strict=True):
            self._note(coming, answer)
        wanted = self._latm.settings.examples_shown + self._latm.settings.examples_held_out
        for task, examples in self._seen.items():
            if len(examples) >= wanted and task not in self.standing:
                await self._serve(task)

    def _note(self, coming: Coming, answer: Answer) -> None:
        task = str(coming.item.task)
        self._seen[task].append(Example(coming.item.question, str(coming.item.answer)))
        by_tool = answer.route is Route.TOOL
        self.passed.append(
            Passed(
                place=len(self.passed),
                origin=coming.origin,
                change=coming.change.name if coming.change else None,
                stood=coming.origin in self._made and coming.origin in self.standing,
                by_tool=by_tool,
                right=by_tool and answer.text.strip() == str(coming.item.answer).strip(),
            )
        )

    async def _serve(self, task: str) -> None:
        """Let a task be known, with its tool if it has one."""
        self.standing[task] = len(self.passed)
        if task in self._splits:
            await self._latm.learn(task, self._splits[task].examples)
            if task in self._made:
                await self._latm.adopt(self._made[task].making, self._made[task].tool)
        elif self._bench.models.maker is not None:
            making = await self._latm.make(task, self._seen[task])
            self.makings.append(making)
            self._bench.tell(f"{task}: {making.outcome}, {making.reason}")


def _rate(ones: Sequence[Passed], hit: Callable[[Passed], bool]) -> Rate:
    return wilson(sum(map(hit, ones)), len(ones))


def _by_tool(one: Passed) -> bool:
    return one.by_tool


def _wrong(one: Passed) -> bool:
    return one.wrong


def findings_of(passed: Sequence[Passed], makings: Sequence[Making]) -> Findings:
    """What the study found.

    Args:
        passed: every question in order.
        makings: of changed tasks.
    """
    names = sorted({one.origin for one in passed})
    standing = {name: [one for one in passed if one.origin == name and one.stood and not one.change] for name in names}
    hits = clustered((_rate(ones, _by_tool).hits, len(ones)) for name, ones in standing.items() if is_solvable(name))
    changed = [one for one in passed if one.change]
    since = [one for one in passed if changed and one.place >= changed[0].place]
    wrong_since, wrong_changed = _rate(since, _wrong), _rate(changed, _wrong)
    solvable = _rate([one for one in since if is_solvable(one.origin)], _wrong)
    return Findings(
        title="A long stream: tasks arrive one after another, two change",
        lead=f"{len(passed):,} questions of {len(names)} tasks. A task's tool comes into service once six of its "
        "questions have passed. What tools abstain from is left to a model, which is not part of this study.",
        figures=[
            Figure(f"{len(passed):,}", "questions", f"of {len(names)} tasks"),
            Figure(percent(hits.value), "answered by a tool once one stands", f"solvable tasks: {counted(hits)}"),
            Figure(percent(wrong_changed.value, 2), "of the changed questions wrong", counted(wrong_changed)),
            Figure(percent(solvable.value, 2), "of solvable tasks' questions since wrong", counted(solvable)),
            Figure(percent(wrong_since.value, 2), "of all questions since wrong", counted(wrong_since)),
        ],
        sections=[
            Section("Over the stream", parts=[_routes_plot(passed), _hits_plot(passed)]),
            Section("The changes", parts=[_changes_table(passed), _changes_plot(passed)]),
            Section("Tasks", parts=[_tasks_table(passed, names)]),
            *([Section("Tools for changed tasks", parts=[_makings_table(makings)])] if makings else []),
        ],
        measures={
            "questions": len(passed),
            "hit rate once tools stand": hits.value,
            "wrong, changed questions": wrong_changed.value,
            "wrong, all questions since the first change": wrong_since.value,
            "wrong, solvable tasks since the first change": solvable.value,
            "tools made for changed tasks": sum(making.tool_id is not None for making in makings),
        },
        data={
            "hit_rate": rate_json(hits),
            "wrong_changed": rate_json(wrong_changed),
            "wrong_since": rate_json(wrong_since),
            "wrong_since_solvable": rate_json(solvable),
        },
    )  # fmt: skip


def _cells(ones: Sequence[Passed]) -> list[Cell]:
    stood = [one for one in ones if one.stood]
    answered = _rate(stood, _by_tool)
    right = _rate([one for one in stood if one.by_tool], lambda one: one.right)
    return [len(ones), len(stood), interval(answered), interval(right), sum(one.wrong for one in ones)]


_COLUMNS = (
    number("questions"),
    number("once a tool stands", note="questions that came when their task had a tool"),
    Column("answered by a tool (95 %)", note="of those"),
    Column("right (95 %)", note="of those that a tool answered"),
    number("wrong"),
)


def _tasks_table(passed: Sequence[Passed], names: Sequence[str]) -> Table:
    unchanged = [one for one in passed if not one.change]
    rows: list[list[Cell]] = [[name, *_cells([one for one in unchanged if one.origin == name])] for name in names]
    solvable = [one for one in unchanged if is_solvable(one.origin)]
    return Table(
        [Column("task"), *_COLUMNS], rows, ["solvable", *_cells(solvable)],
        "Questions as the tasks were before any change.",
    )  # fmt: skip


def _changes_table(passed: Sequence[Passed]) -> Table:
    rows: list[list[Cell]] = []
    for change in sorted({one.change for one in passed if one.change}):
        after = [one for one in passed if one.change == change]
        before = [one for one in passed if one.origin == after[0].origin and not one.change]
        rows += [[f"{after[0].origin}, before", *_cells(before)], [change, *_cells(after)]]
    return Table([Column("task"), *_COLUMNS], rows)


def _makings_table(makings: Sequence[Making]) -> Table:
    columns = [Column("task"), Column("outcome"), Column("reason"), number("completions"), number("tokens")]
    rows: list[list[Cell]] = [
        [making.task, str(making.outcome), making.reason, making.usage.calls, making.usage.tokens] for making in makings
    ]
    return Table(columns, rows)


def _stretched(ones: Sequence[Passed], count: int) -> list[Sequence[Passed]]:
    size = max(1, -(-len(ones) // count))
    return [ones[start : start + size] for start in range(0, len(ones), size)]


def _routes_plot(passed: Sequence[Passed]) -> Plot:
    stretches = _stretched(passed, _STRETCHES)

    def shares(hit: Callable[[Passed], bool]) -> list[float | None]:
        return [_rate(stretch, hit).value for stretch in stretches]

    return Plot(
        "What became of the questions",
        [stretch[-1].place + 1 for stretch in stretches],
        [
            Series("answered by a tool, right", shares(lambda one: one.right)),
            Series("answered by a tool, wrong", shares(_wrong)),
            Series("left to the model, though a tool stands", shares(lambda one: one.stood and not one.by_tool)),
            Series("left to the model, no tool yet", shares(lambda one: not one.stood and not one.by_tool)),
        ],
        PlotStyle.AREAS,
        x_label="questions",
        y_label="share",
        y_form="percent",
        y_limits=(0.0, 1.0),
    )


def _hits_plot(passed: Sequence[Passed]) -> Plot:
    stretches = _stretched(passed, _STRETCHES)
    rates = [
        _rate([one for one in stretch if one.stood and is_solvable(one.origin)], _by_tool) for stretch in stretches
    ]
    return Plot(
        "Answered by a tool, of the solvable tasks' questions that have one",
        [stretch[-1].place + 1 for stretch in stretches],
        [Series("hit rate", [r.value for r in rates], [r.low for r in rates], [r.high for r in rates])],
        x_label="questions",
        y_form="percent",
        y_limits=(0.0, 1.0),
        note="With 95 % intervals; the changed tasks' questions are among them.",
    )


def _changes_plot(passed: Sequence[Passed]) -> Plot:
    """Coverage over each changed task's own questions."""
    origins = sorted({one.origin for one in passed if one.change})
    series = []
    for origin in origins:
        stretches = _stretched([one for one in passed if one.origin == origin], 24)
        series.append(Series(origin, [_rate(stretch, _by_tool).value for stretch in stretches]))
    longest = max((len(one.values) for one in series), default=0)
    padded = [Series(one.label, [*one.values, *[None] * (longest - len(one.values))]) for one in series]
    return Plot(
        "Answered by a tool, over the changed tasks' own questions",
        [(place + 1) / max(longest, 1) for place in range(longest)],
        padded,
        x_label="share of the task's questions; the change is at 0.5",
        y_form="percent",
        y_limits=(0.0, 1.0),
    )
