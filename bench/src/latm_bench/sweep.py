"""The sweeps: makings along an axis, and how good, how different and how costly the tools are."""

import ast
import math
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from difflib import SequenceMatcher
from functools import partial
from itertools import combinations
from statistics import fmean
from typing import Any

from latm import Example, Instance, ToolVersion
from latm.errors import InputError, SettingsError
from latm.parts import (
    ANSWER_FUNCTION,
    DirectAnswer,
    Models,
    PaperToolUser,
    RoleModel,
    Sandbox,
    Verdict,
    open_models,
    open_sandbox,
)
from latm.report import Cell, Column, Figure, Plot, PlotStyle, Section, Series, Table
from latm_bench.answers import says
from latm_bench.concurrency import gather
from latm_bench.findings import Findings, interval, number, rate_json
from latm_bench.known_tasks import without_size
from latm_bench.making import Made, Protocol, Workshop
from latm_bench.provenance import usage_json
from latm_bench.running import Bench
from latm_bench.samples import digest
from latm_bench.statistics import Rate, clustered
from latm_bench.tasks.sources import TaskSource
from latm_bench.tasks.splits import paper_split

POOL = 10
"""Items that stand ready for making, and as many for verifying: enough for the longest demonstrations."""
HELD_OUT = 3


@dataclass(frozen=True, slots=True)
class Target:
    """What one tool is made for.

    Attributes:
        name: of the task, or of the tasks together.
        examples: shown ones first.
        test: what a tool that was made is scored on.
    """

    name: str
    examples: Sequence[Example]
    test: Sequence[Instance]


@dataclass(frozen=True, slots=True)
class Plan:
    """One point of an axis.

    Attributes:
        label: the point's name.
        targets: what tools are made for.
        settings: in which they differ from the run's.
        maker: another tool maker than the run's; None: the run's.
        user: a tool user that answers by the tools, as in the paper's protocol; None: they answer by themselves.
    """

    label: str
    targets: Sequence[Target]
    settings: Mapping[str, Any] = field(default_factory=dict)
    maker: str | None = None
    user: str | None = None

    @property
    def protocol(self) -> Protocol:
        """A tool user needs the paper's kind of tool."""
        return "paper" if self.user else "compiled"


Tasks = Mapping[str, Sequence[Instance]]
"""The items of every task, in their published order."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One open question.

    Attributes:
        question: in words.
        values: by default; empty if there can be none.
        plans: from the values and the tasks to the points.
    """

    question: str
    values: tuple[str, ...]
    plans: Callable[[Sequence[str], Tasks], list[Plan]]


def target(name: str, items: Sequence[Instance], shown: int = 3) -> Target:
    """A task as it is swept: items 0 to 9 to show, 10 to 12 to verify, all from 20 on to test."""
    split = paper_split(items, pool=POOL, used=POOL)
    examples = split.examples
    return Target(name, (*examples[:shown], *examples[POOL : POOL + HELD_OUT]), split.test)


def _targets(tasks: Tasks, shown: int = 3) -> list[Target]:
    return [target(name, items, shown) for name, items in tasks.items()]


def _temperatures(values: Sequence[str], tasks: Tasks) -> list[Plan]:
    return [Plan(value, _targets(tasks), {"temperature": float(value)}) for value in values]


def _demonstrations(values: Sequence[str], tasks: Tasks) -> list[Plan]:
    if max(map(int, values)) > POOL:
        raise SettingsError(f"At most {POOL} demonstrations can be shown.", hint="Give smaller numbers.")
    return [Plan(value, _targets(tasks, int(value)), {"examples_shown": int(value)}) for value in values]


def _tries(values: Sequence[str], tasks: Tasks) -> list[Plan]:
    return [Plan(value, _targets(tasks), {"tries_propose": int(value), "tries_verify": int(value)}) for value in values]


def _makers(values: Sequence[str], tasks: Tasks) -> list[Plan]:
    return [Plan(value, _targets(tasks), maker=value) for value in values]


def _pairs(values: Sequence[str], tasks: Tasks) -> list[Plan]:
    plans = []
    for value in values:
        maker, comma, user = value.partition(",")
        if not comma:
            raise SettingsError(f"{value!r} is not a pair of models.", hint="Write MAKER,USER.")
        plans.append(Plan(value, _targets(tasks), maker=maker.strip(), user=user.strip()))
    return plans


def _granularity(values: Sequence[str], tasks: Tasks) -> list[Plan]:
    families: dict[str, list[Target]] = {}
    for one in _targets(tasks):
        families.setdefault(without_size(one.name), []).append(one)
    sized = {name: members for name, members in families.items() if len(members) > 1}
    if not sized:
        raise InputError("No task comes in several sizes.", hint="Take those with three, five and seven objects.")
    plans = {
        "one tool each": [member for members in sized.values() for member in members],
        "one tool each, tried on all sizes": [
            Target(member.name, member.examples, _mixed(members)) for members in sized.values() for member in members
        ],
        "one tool for all": [_together(name, members) for name, members in sized.items()],
    }
    return [Plan(label, plans[label]) for label in values]


def _mixed(members: Sequence[Target]) -> list[Instance]:
    return [item for items in zip(*(member.test for member in members), strict=False) for item in items]


def _together(name: str, members: Sequence[Target]) -> Target:
    """One example of each size to show, one of each to verify."""
    shown = [member.examples[place] for place in range(3) for member in members][:3]
    held_out = [member.examples[3 + place] for place in range(HELD_OUT) for member in members][:HELD_OUT]
    return Target(name, (*shown, *held_out), _mixed(members))


AXES = {
    "temperature": Axis("What does the maker's temperature do?", ("0", "0.3", "0.7", "1"), _temperatures),
    "demonstrations": Axis("How many demonstrations does it take?", ("1", "2", "3", "5", "10"), _demonstrations),
    "tries": Axis("What do more tries bring?", ("1", "2", "3", "5"), _tries),
    "makers": Axis("What does the maker's model do: old against new, weak against strong?", (), _makers),
    "pairs": Axis("Which maker and which user go together?", (), _pairs),
    "granularity": Axis(
        "One tool for three, five and seven objects, or one each?",
        ("one tool each", "one tool each, tried on all sizes", "one tool for all"),
        _granularity,
    ),
}
"""By name."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What one tool did on test questions: asked, answered, right, and crashed."""

    of: int
    answered: int
    right: int
    crashed: int


@dataclass(frozen=True, slots=True)
class Point:
    """One point of an axis.

    Attributes:
        label: its name.
        made: the makings by task.
        quality: of the tools that were tried, each with its task.
        difference: how unlike each other the tools of a task are; None if there are not two.
    """

    label: str
    made: Mapping[str, Sequence[Made]]
    quality: Sequence[tuple[str, Quality]]
    difference: Mapping[str, float | None]

    @property
    def makings(self) -> list[Made]:
        """All of them."""
        return [one for makings in self.made.values() for one in makings]

    @property
    def success(self) -> Rate:
        """Makings that led to a tool, clustered by task."""
        return clustered((sum(one.tool is not None for one in made), len(made)) for made in self.made.values())

    @property
    def accuracy(self) -> Rate:
        """Right answers of all questions that tools were tried on, clustered by task."""
        return clustered((one.right, one.of) for one in self.by_task().values())

    @property
    def precision(self) -> Rate:
        """Right answers of those that tools gave, clustered by task."""
        return clustered((one.right, one.answered) for one in self.by_task().values())

    @property
    def distinct(self) -> int:
        """Different tools."""
        return len({one.tool.id for one in self.makings if one.tool})

    @property
    def unlike(self) -> float | None:
        """The mean difference between two tools of a task."""
        known = [value for value in self.difference.values() if value is not None]
        return fmean(known) if known else None

    @property
    def dollars(self) -> float | None:
        """What all makings cost; None if a price is unknown."""
        costs = [one.cost for one in self.makings if one.cost is not None]
        return math.fsum(costs) if len(costs) == len(self.makings) else None

    def by_task(self) -> dict[str, Quality]:
        """How all tools of a task answered, by task; without tasks that have none."""
        tasks: dict[str, list[Quality]] = {}
        for task, quality in self.quality:
            tasks.setdefault(task, []).append(quality)
        return {
            task: Quality(
                sum(one.of for one in ones),
                sum(one.answered for one in ones),
                sum(one.right for one in ones),
                sum(one.crashed for one in ones),
            )
            for task, ones in tasks.items()
        }


@dataclass(frozen=True, slots=True)
class Options:
    """What a sweep is asked to do.

    Attributes:
        axis: one of `AXES`.
        values: the points; empty: the axis's own.
        trials: makings per task and point.
        scored: test questions that every tool is scored on; 0: all.
        sample: test questions per task that a tool user answers.
    """

    axis: str
    values: tuple[str, ...] = ()
    trials: int = 3
    scored: int = 100
    sample: int = 20


async def study(bench: Bench, sources: Sequence[TaskSource], options: Options) -> Findings:
    """Make tools at every point of an axis, one point after the other.

    Raises:
        SettingsError: the axis needs values, or no tool maker is set.
        LatmError: a task cannot be read, or a model or the machine failed; what is finished is kept.
    """
    axis = AXES[options.axis]
    values = options.values or axis.values
    if not values:
        raise SettingsError(f"The axis {options.axis!r} needs values.", hint="Give --value once for each point.")
    plans = axis.plans(values, {source.name: tuple(source.instances()) for source in sources})
    points = []
    async with open_sandbox(bench.settings) as sandbox:
        for number, plan in enumerate(plans):
            async with _models(bench, plan) as models:
                points.append(await _point(bench, sandbox, models, plan, options))
            bench.progress(number + 1, len(plans), plan.label)
    return findings_of(options.axis, axis.question, points)


@asynccontextmanager
async def _models(bench: Bench, plan: Plan) -> AsyncIterator[Models]:
    """The run's models, or those of the plan, which have a recording of their own: none tells models apart."""
    if plan.maker is None:
        yield bench.models
        return
    named = {
        name: path.with_name(f"{path.stem}-{_slug(plan.label)}{path.suffix}")
        for name in ("record", "replay")
        if (path := getattr(bench.settings, name)) is not None
    }
    models = open_models(bench.settings.model_copy(update={"maker": plan.maker, "user": plan.user, **named}))
    bench.meters.append(models.meter)
    try:
        yield models
    finally:
        await models.close()


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-")


async def _point(bench: Bench, sandbox: Sandbox, models: Models, plan: Plan, options: Options) -> Point:
    if models.maker is None:
        raise SettingsError("No tool maker is set.", hint="Name one with --maker, or replay a recording.")
    judge = DirectAnswer(models.direct, bench.settings.answer_style) if models.direct else None
    workshop = Workshop(models.maker, sandbox, bench.settings.model_copy(update=dict(plan.settings)), judge)
    setup = digest([plan.protocol, plan.maker, dict(plan.settings)])

    async def make(target: Target, trial: int) -> Made:
        foreign = [one for other in plan.targets if other.name != target.name for one in other.examples[:3]]
        key = f"{setup}/{target.name}/{digest([example.question for example in target.examples])}/{trial}"
        sample = await bench.samples.get(
            key, partial(workshop.make, plan.protocol, target.name, target.examples, foreign)
        )
        return Made.of(sample)

    jobs = [partial(make, target, trial) for target in plan.targets for trial in range(options.trials)]
    made = iter(await gather(jobs))
    by_target = {target.name: [next(made) for _ in range(options.trials)] for target in plan.targets}
    quality = [
        (target.name, await _quality(bench, sandbox, models.user, plan, target, tool, options))
        for target in plan.targets
        for tool in _tried(plan, by_target[target.name])
    ]
    return Point(plan.label, by_target, quality, {name: difference(made) for name, made in by_target.items()})


def _tried(plan: Plan, made: Sequence[Made]) -> list[ToolVersion]:
    """Every tool; for a tool user, whose answers cost, the first one."""
    tools = [one.tool for one in made if one.tool]
    return tools[:1] if plan.user else tools


async def _quality(  # noqa: PLR0913, PLR0917  # one place puts the two ways of scoring side by side
    bench: Bench,
    sandbox: Sandbox,
    user: RoleModel | None,
    plan: Plan,
    target: Target,
    tool: ToolVersion,
    options: Options,
) -> Quality:
    if plan.user and user is not None:
        return await _by_user(bench, PaperToolUser(user, sandbox), plan, target.test[: options.sample], tool)
    test = target.test[: options.scored or None]
    results = await sandbox.batch(tool.program.code, ANSWER_FUNCTION, [(item.question,) for item in test])
    answered = [
        str(result.text).strip() == str(item.answer).strip()
        for item, result in zip(test, results, strict=True)
        if result.verdict is Verdict.OK
    ]
    crashed = sum(result.verdict not in {Verdict.OK, Verdict.ABSTAINED} for result in results)
    return Quality(len(test), len(answered), sum(answered), crashed)


async def _by_user(
    bench: Bench, user: PaperToolUser, plan: Plan, test: Sequence[Instance], tool: ToolVersion
) -> Quality:
    async def ask(item: Instance) -> Mapping[str, Any]:
        async def use() -> dict[str, Any]:
            used = await user.answer(item.question, tool)
            return {"text": used.text, "why": used.evidence, "usage": usage_json(used.usage)}

        return await bench.samples.get(f"user/{plan.label}/{tool.id}/{item.task}/{item.id}", use)

    kept = await gather([partial(ask, item) for item in test])
    texts = [one["text"] for one in kept]
    right = sum(text is not None and says(text, str(item.answer)) for text, item in zip(texts, test, strict=True))
    return Quality(len(test), len(test) - texts.count(None), right, texts.count(None))


def difference(made: Sequence[Made]) -> float | None:
    """How unlike each other the tools of one task are: the mean over pairs, from 0 (the same code) to 1.

    One minus the ratio of `difflib.SequenceMatcher` over the lines of the code, whose comments and layout do not count.
    """
    sources = [ast.unparse(ast.parse(one.tool.source)).splitlines() for one in made if one.tool]
    pairs = [1 - SequenceMatcher(None, one, other, autojunk=False).ratio() for one, other in combinations(sources, 2)]
    return fmean(pairs) if pairs else None


def findings_of(axis: str, question: str, points: Sequence[Point]) -> Findings:
    """What a sweep found.

    Args:
        axis: its name.
        question: what it asks.
        points: in order.
    """
    best = max(points, key=lambda point: point.success.value or 0.0)
    return Findings(
        title=f"Sweep over {axis}",
        lead=question,
        figures=[
            Figure(best.label, "made tools most often", interval(best.success)),
            Figure(f"{sum(len(point.makings) for point in points):,}", "makings"),
        ],
        sections=[Section(question, parts=[_table(axis, points), _plot(axis, points)])],
        measures={
            f"{name}, {point.label}": value
            for point in points
            for name, value in (("success", point.success.value), ("accuracy", point.accuracy.value))
        },
        data=[_json(point) for point in points],
    )


def _table(axis: str, points: Sequence[Point]) -> Table:
    columns = [
        Column(axis),
        number("makings"),
        Column("made (95 %)", note="makings that led to a tool"),
        Column("accuracy (95 %)", note="right answers of all questions that the tools were tried on"),
        Column("precision (95 %)", note="right answers of those that they gave"),
        number("crashed"),
        number("different tools"),
        number("unlike", ".2f", "mean difference between two tools of a task, from 0 to 1"),
        number("completions", ",.2f", "mean per making"),
        number("tokens", ",.0f", "mean per making"),
        number("dollars", ",.4f", "all makings"),
    ]
    rows: list[list[Cell]] = [
        [
            point.label,
            len(point.makings),
            interval(point.success),
            interval(point.accuracy),
            interval(point.precision),
            sum(quality.crashed for _, quality in point.quality),
            point.distinct,
            point.unlike,
            fmean(one.completions for one in point.makings),
            fmean(one.tokens for one in point.makings),
            point.dollars,
        ]
        for point in points
    ]
    return Table(columns, rows, caption="Intervals clustered by task.")


def _plot(axis: str, points: Sequence[Point]) -> Plot:
    def series(label: str, rates: Sequence[Rate]) -> Series:
        return Series(label, [r.value for r in rates], [r.low for r in rates], [r.high for r in rates])

    return Plot(
        "Makings that succeed, and how good their tools are",
        [point.label for point in points],
        [series("made", [p.success for p in points]), series("accuracy", [p.accuracy for p in points])],
        PlotStyle.POINTS,
        x_label=axis,
        y_form="percent",
        y_limits=(0.0, 1.02),
    )


def _json(point: Point) -> dict[str, object]:
    quality = point.by_task()
    return {
        "label": point.label,
        "success": rate_json(point.success),
        "accuracy": rate_json(point.accuracy),
        "precision": rate_json(point.precision),
        "by_task": {
            task: {"made": sum(one.tool is not None for one in made), "of": len(made),
                   "tokens": [one.tokens for one in made], "unlike": point.difference[task],
                   "quality": asdict(quality[task]) if task in quality else None}
            for task, made in point.made.items()
        },
    }  # fmt: skip
