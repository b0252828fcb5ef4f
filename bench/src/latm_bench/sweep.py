"""The sweeps: makings along an axis, and how good, how different and how costly the tools are."""

import ast
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial
from itertools import combinations
from statistics import fmean
from typing import Any

from latm import Instance, ToolVersion
from latm.errors import SettingsError
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
from latm_bench.answers import says
from latm_bench.concurrency import gather
from latm_bench.findings import Findings
from latm_bench.making import Made, Workshop
from latm_bench.provenance import usage_json
from latm_bench.running import Bench
from latm_bench.samples import digest
from latm_bench.sweep_findings import Point, Quality, findings_of
from latm_bench.sweep_plans import AXES, Plan, Target
from latm_bench.tasks.sources import TaskSource


@dataclass(frozen=True, slots=True)
class SweepOptions:
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


async def study(bench: Bench, sources: Sequence[TaskSource], options: SweepOptions) -> Findings:
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


async def _point(bench: Bench, sandbox: Sandbox, models: Models, plan: Plan, options: SweepOptions) -> Point:
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
    options: SweepOptions,
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
