"""The paper's own experiment: six tasks, answered directly, by the paper's protocol, and by compiled tools."""

import math
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

from latm import Example, Instance, Settings, ToolVersion, Usage
from latm.errors import SettingsError
from latm.parts import (
    ANSWER_FUNCTION,
    DirectAnswer,
    PaperToolUser,
    Result,
    RoleModel,
    Sandbox,
    Verdict,
    break_even,
    open_sandbox,
)
from latm.report import Cell, Column, Figure, Plot, PlotStyle, Section, Series, Table
from latm_bench import published
from latm_bench.answers import says
from latm_bench.baseline import read_baseline, same_answer
from latm_bench.concurrency import gather
from latm_bench.findings import Findings, counted, interval, number, percent, rate_json
from latm_bench.making import PROTOCOLS, Made, Protocol, Workshop
from latm_bench.provenance import usage_json
from latm_bench.running import Bench
from latm_bench.statistics import Rate, clustered, mcnemar, wilson
from latm_bench.tasks.paper import PAPER_TASKS
from latm_bench.tasks.sources import TaskSource
from latm_bench.tasks.splits import Split, paper_split

NORMALISED = (
    "Compiled tools must give the label to the letter. Of what models say or leave in `ans`, white space, letter case, "
    "quotation marks, a final full stop, and the ways to write an option or a number do not count."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question.

    Attributes:
        id: of the item.
        right: whether the answer says what the label says.
        answered: whether there was an answer at all.
        crashed: whether a tool, or the code that calls it, failed; neither right nor merely wrong.
        tokens: sent and received for it.
        cost: US dollars; None if a price is unknown.
    """

    id: str
    right: bool
    answered: bool
    crashed: bool
    tokens: int = 0
    cost: float | None = 0.0


@dataclass(frozen=True, slots=True)
class System:
    """One way to answer, on each task that it could be tried on.

    Attributes:
        name: what it is.
        model: who answers; `none` if no model does.
        outcomes: by task.
    """

    name: str
    model: str
    outcomes: Mapping[str, Sequence[Outcome]]

    def accuracy(self, task: str) -> Rate:
        """Right answers of all questions asked; a crash is one that is not right, and is listed apart."""
        ones = self.outcomes.get(task, ())
        return wilson(sum(one.right for one in ones), len(ones))

    @property
    def pooled(self) -> Rate:
        """Over all tasks, with the interval clustered by task."""
        return clustered((self.accuracy(task).hits, self.accuracy(task).of) for task in self.outcomes)

    @property
    def all(self) -> list[Outcome]:
        """Every outcome."""
        return [one for ones in self.outcomes.values() for one in ones]


Makings = Mapping[tuple[Protocol, str], Sequence[Made]]


FOREIGN_PER_TASK = 3
PATIENCE = 30.0
"""Seconds for one call of a tool. The paper states no limit; a right program for Chinese remainders takes ten."""
Solve = Callable[[Instance], Awaitable[tuple[str | None, Usage, str]]]
"""From a question to the answer (None if the attempt crashed), what it spent, and why there is none."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the experiment is asked to do.

    Attributes:
        trials: makings per task and protocol; five in the paper.
        sample: test questions per task that a model answers; 0: all of them. Compiled tools always answer all.
        direct_answers: whether models also answer the sample directly.
        baseline: a folder of a recorded direct model's answers to BIG-bench's questions; None: none.
        seed: of the choice of the sample.
    """

    trials: int = 5
    sample: int = 20
    direct_answers: bool = True
    baseline: Path | None = None
    seed: int = 0


@dataclass(slots=True)
class Experiment:
    """One run of the experiment.

    Attributes:
        bench: what it works with.
        options: what it is asked to do.
        sandbox: where tools run.
        splits: the six tasks.
        total: samples to come.
        done: samples so far.
    """

    bench: Bench
    options: Options
    sandbox: Sandbox
    splits: Mapping[str, Split]
    total: int = 0
    done: int = field(default=0)

    async def makings(self, model: RoleModel) -> dict[tuple[Protocol, str], list[Made]]:
        """Every making, by protocol and task."""
        direct = self.bench.models.direct
        workshop = Workshop(
            model,
            self.sandbox,
            self.bench.settings,
            DirectAnswer(direct, self.bench.settings.answer_style) if direct else None,
        )

        async def one(protocol: Protocol, task: str, trial: int) -> Made:
            foreign = [shown for other, split in self.splits.items() if other != task for shown in _foreign(split)]
            make = partial(workshop.make, protocol, task, self.splits[task].examples, foreign)
            return Made.of(await self._sample(f"make/{protocol}/{task}/{trial}", make))

        places = [(protocol, task) for protocol in PROTOCOLS for task in self.splits]
        jobs = [partial(one, *place, trial) for place in places for trial in range(self.options.trials)]
        made = iter(await gather(jobs))
        return {place: [next(made) for _ in range(self.options.trials)] for place in places}

    async def compiled(self, tools: Mapping[str, ToolVersion | None]) -> System:
        """Compiled tools on every test question, with no model."""
        outcomes: dict[str, list[Outcome]] = {}
        for task, split in self.splits.items():
            tool, questions = tools[task], [(item.question,) for item in split.test]
            results = (
                await self.sandbox.batch(tool.program.code, ANSWER_FUNCTION, questions)
                if tool
                else [Result(Verdict.ABSTAINED)] * len(questions)
            )
            outcomes[task] = [
                Outcome(
                    item.id,
                    right=result.verdict is Verdict.OK and str(result.text).strip() == str(item.answer).strip(),
                    answered=result.verdict is Verdict.OK,
                    crashed=result.verdict not in {Verdict.OK, Verdict.ABSTAINED},
                )
                for item, result in zip(split.test, results, strict=True)
            ]
        return System("compiled tools", "none", outcomes)

    async def asked(self, label: str, role: str, model: RoleModel, solver_of: Mapping[str, Solve]) -> System:
        """A model on the sample of every task for which there is a way to solve it."""

        async def one(task: str, item: Instance) -> Outcome:
            async def solve() -> dict[str, Any]:
                text, usage, why = await solver_of[task](item)
                return {"text": text, "why": why, "usage": usage_json(usage)}

            kept = await self._sample(f"{label}/{role}/{task}/{item.id}", solve)
            right = kept["text"] is not None and says(kept["text"], item.answer or "")
            tokens = kept["usage"]["input_tokens"] + kept["usage"]["output_tokens"]
            crashed = kept["text"] is None
            return Outcome(item.id, right, not crashed, crashed, tokens, kept["usage"]["cost"])

        places = [(task, item) for task in solver_of for item in self.sampled(task)]
        outcomes = await gather([partial(one, *place) for place in places])
        by_task: dict[str, list[Outcome]] = {task: [] for task in solver_of}
        for (task, _), outcome in zip(places, outcomes, strict=True):
            by_task[task].append(outcome)
        return System(f"{label}, {role} model", model.name, by_task)

    def sampled(self, task: str) -> Sequence[Instance]:
        """The questions of a task that models answer; a smaller sample is part of a larger one."""
        test = self.splits[task].test
        if not 0 < self.options.sample < len(test):
            return test
        chosen = random.Random(f"{task} {self.options.seed}").sample(range(len(test)), len(test))  # noqa: S311  # no secret
        return [test[place] for place in chosen[: self.options.sample]]

    async def _sample(self, key: str, make: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        sample = await self.bench.samples.get(key, make)
        self.done += 1
        self.bench.progress(self.done, self.total, key)
        return sample


async def study(bench: Bench, sources: Sequence[TaskSource], options: Options) -> Findings:
    """Run the experiment.

    Args:
        bench: its tool maker is the strong model, its tool user the light one.
        sources: the paper's six tasks, or the user's own.
        options: of makings and samples.

    Raises:
        SettingsError: no tool maker is set.
        LatmError: a task cannot be read, or a model or the machine failed; what is finished is kept.
    """
    strong = bench.models.maker
    if strong is None:
        raise SettingsError("No tool maker is set.", hint="Name one with --maker, or replay a recording.")
    items = {source.name: tuple(source.instances()) for source in sources}
    splits = {name: paper_split(instances) for name, instances in items.items()}
    light = _light(bench, strong)
    settings = _patient(bench.settings)
    async with open_sandbox(settings) as sandbox:
        run = Experiment(bench, options, sandbox, splits)
        run.total = _expected(run, users=2 if light else 1)
        made = await run.makings(strong)
        tools = {place: next((one.tool for one in makings if one.tool), None) for place, makings in made.items()}
        systems = [await run.compiled({task: tools["compiled", task] for task in splits})]
        if recorded := _recorded(options.baseline, items, splits):
            systems.append(recorded)
        # One model after the other, and never two at once: what is recorded does not tell models apart.
        for role, model in (("strong", strong), ("light", light)):
            if model is not None:
                by_task = {task: _by_code(model, sandbox, tool) for task in splits if (tool := tools["paper", task])}
                systems.append(await run.asked("paper protocol", role, model, by_task))
        for role, model in (("strong", bench.models.direct), ("light", light)):
            if model is not None and options.direct_answers:
                asking = DirectAnswer(model, bench.settings.answer_style)
                by_words = {task: _directly(asking, split.examples) for task, split in splits.items()}
                systems.append(await run.asked("direct", role, model, by_words))
    return findings_of(made, systems, splits, options.sample, settings.tool_seconds)


def _patient(settings: Settings) -> Settings:
    """Settings with a time limit that does not decide a result, unless a user set one."""
    return (
        settings
        if "tool_seconds" in settings.model_fields_set
        else settings.model_copy(update={"tool_seconds": PATIENCE})
    )


def _recorded(
    folder: Path | None, items: Mapping[str, Sequence[Instance]], splits: Mapping[str, Split]
) -> System | None:
    """The recorded direct model on all test questions of the tasks that it was asked."""
    files = {task.name: task.file for task in PAPER_TASKS}
    outcomes: dict[str, list[Outcome]] = {}
    for name in splits:
        file = files.get(name, name)
        records = read_baseline(folder, file, items[name]) if folder else None
        if records is None:
            continue
        answers = [(item, records[item.question]) for item in splits[name].test]
        outcomes[name] = [
            Outcome(
                item.id,
                right=same_answer(record.answer, str(item.answer), file),
                answered=bool(record.answer),
                crashed=False,
                tokens=round(record.tokens),
                cost=None,
            )
            for item, record in answers
        ]
    return System("direct, recorded model", "recorded", outcomes) if outcomes else None


def _light(bench: Bench, strong: RoleModel) -> RoleModel | None:
    """The tool user's model, where it is another than the maker's."""
    user = bench.models.user
    return user if user is not None and user.name != strong.name else None


def _expected(run: Experiment, *, users: int) -> int:
    asked = sum(len(run.sampled(task)) for task in run.splits)
    return len(PROTOCOLS) * len(run.splits) * run.options.trials + users * asked * (
        2 if run.options.direct_answers else 1
    )


def _foreign(split: Split) -> Sequence[Example]:
    return split.examples[:FOREIGN_PER_TASK]


def _by_code(model: RoleModel, sandbox: Sandbox, tool: ToolVersion) -> Solve:
    user = PaperToolUser(model, sandbox)

    async def solve(item: Instance) -> tuple[str | None, Usage, str]:
        used = await user.answer(item.question, tool)
        return used.text, used.usage, used.evidence

    return solve


def _directly(direct: DirectAnswer, examples: Sequence[Example]) -> Solve:
    async def solve(item: Instance) -> tuple[str | None, Usage, str]:
        text, usage = await direct.answer(item.asked, examples)
        return text, usage, ""

    return solve


def findings_of(
    made: Makings, systems: Sequence[System], splits: Mapping[str, Split], sample: int, patience: float
) -> Findings:
    """What the experiment found.

    Args:
        made: the makings by protocol and task.
        systems: compiled tools first.
        splits: the tasks.
        sample: questions per task that models answered; 0: all.
        patience: seconds that a call of a tool may take.
    """
    compiled = systems[0]
    known = [task for task in splits if published.is_known(task)]
    beaten = sum((compiled.accuracy(task).value or 0.0) >= published.best_accuracy(task) for task in known)
    made_of = {p: wilson(sum(one.tool is not None for one in _of(made, p)), len(_of(made, p))) for p in PROTOCOLS}
    asked = f"a sample of {sample} test questions a task" if sample else "all test questions"
    return Findings(
        title=f"The paper's experiment: {counted_tasks(splits)}",
        lead=f"Compiled tools answer all test questions, with no model. Models answer {asked}. A call of a tool may "
        f"take {patience:g} s.",
        figures=[
            Figure(f"{beaten} of {len(known)}", "tasks at or above the paper", "compiled tools, its better tool user"),
            Figure(percent(compiled.pooled.value), "right by compiled tools", counted(compiled.pooled)),
            *(Figure(f"{rate.hits} of {rate.of}", f"makings succeed, {p}") for p, rate in made_of.items()),
        ],
        sections=[
            Section("Accuracy", [NORMALISED], [_accuracy_table(systems, splits), _accuracy_plot(systems, splits)]),
            Section("Tool-making success", parts=[_success_table(made, splits)]),
            Section("On the same questions", parts=[_paired_table(systems)]),
            Section("Cost", parts=[_cost_table(made, systems, splits), _cost_plot(made, systems, splits)]),
        ],
        measures={
            "tasks at or above the paper": beaten,
            **{f"accuracy, {system.name}": system.pooled.value for system in systems},
            **{f"made, {protocol}": rate.hits for protocol, rate in made_of.items()},
            "crashes": sum(one.crashed for system in systems for one in system.all),
        },
        data={
            "makings": [_making_json(place, one) for place, ones in made.items() for one in ones],
            "systems": [_system_json(system, task) for system in systems for task in system.outcomes],
        },
    )


def counted_tasks(splits: Mapping[str, Split]) -> str:
    """How many tasks there are."""
    six = all(map(published.is_known, splits)) and len(splits) == len(PAPER_TASKS)
    return "six tasks" if six else f"{len(splits)} {'task' if len(splits) == 1 else 'tasks'} of the user's own"


def _of(made: Makings, protocol: Protocol) -> list[Made]:
    return [one for place, ones in made.items() if place[0] == protocol for one in ones]


def _making_json(place: tuple[Protocol, str], one: Made) -> dict[str, object]:
    return {
        "protocol": place[0],
        "task": place[1],
        "outcome": one.outcome,
        "reason": one.reason,
        "completions": one.completions,
        "caught": dict(one.caught),
        "tokens": one.tokens,
        "cost": one.cost,
    }


def _system_json(system: System, task: str) -> dict[str, object]:
    ones = system.outcomes[task]
    return {
        "system": system.name,
        "model": system.model,
        "task": task,
        **rate_json(system.accuracy(task)),
        "crashed": sum(one.crashed for one in ones),
        "unanswered": sum(not one.answered for one in ones),
    }


def _accuracy_table(systems: Sequence[System], splits: Mapping[str, Split]) -> Table:
    """A row for each task, a column for each system: those of the paper first."""
    rows: list[list[Cell]] = [
        [
            task,
            *(percent(of.get(task)) for of in published.ACCURACY.values()),
            *(interval(system.accuracy(task)) for system in systems),
        ]
        for task in splits
    ]
    nothing: list[Cell] = [None] * len(published.ACCURACY)
    silent = [sum(not one.answered and not one.crashed for one in system.all) for system in systems]
    rows += [
        ["all", *nothing, *(interval(system.pooled) for system in systems)],
        ["questions", *nothing, *(f"{len(system.all):,}" for system in systems)],
        ["without an answer", *nothing, *(f"{count:,}" for count in silent)],
        ["crashed", *nothing, *(f"{sum(one.crashed for one in system.all):,}" for system in systems)],
    ]
    columns = [
        Column("task"),
        *(Column(f"published: {label}") for label in published.ACCURACY),
        *(Column(f"{system.name} (95 %)") for system in systems),
    ]
    caption = (
        "Wilson intervals, over all tasks clustered by task. A dash: not measured, or no tool was made. Crashed: a "
        "tool, or the code that calls it, failed; that is not right, but not a wrong answer either."
    )
    return Table(columns, rows, caption=caption)


def _accuracy_plot(systems: Sequence[System], splits: Mapping[str, Split]) -> Plot:
    def series(system: System) -> Series:
        rates = [system.accuracy(task) for task in splits]
        known = [rate.of > 0 for rate in rates]
        return Series(
            system.name,
            [rate.value for rate in rates],
            [rate.low if one else None for rate, one in zip(rates, known, strict=True)],
            [rate.high if one else None for rate, one in zip(rates, known, strict=True)],
        )

    paper = [
        Series(f"published: {label}", [of.get(task) for task in splits]) for label, of in published.ACCURACY.items()
    ]
    return Plot(
        "Accuracy by task, with 95 % intervals where we measured",
        list(splits),
        [*map(series, systems), *paper],
        PlotStyle.POINTS,
        y_form="percent",
        y_limits=(0.0, 1.02),
    )


def _success_table(made: Makings, splits: Mapping[str, Split]) -> Table:
    rows: list[list[Cell]] = []
    for protocol in PROTOCOLS:
        cells = [f"{_successes(made[protocol, task])} of {len(made[protocol, task])}" for task in splits]
        rows.append([protocol, *cells, fmean(one.completions for one in _of(made, protocol))])
    rows.append(["published: GPT-4", *(published.made_of_five(task) for task in splits), None])
    columns = [Column("protocol"), *(Column(task) for task in splits), number("completions", ",.2f", "mean per making")]
    return Table(columns, rows)


def _successes(makings: Sequence[Made]) -> int:
    return sum(one.tool is not None for one in makings)


def _paired_table(systems: Sequence[System]) -> Table:
    """Compiled tools against every other system, on the questions that both were asked."""
    compiled, *others = systems
    ours = {(task, one.id): one.right for task, ones in compiled.outcomes.items() for one in ones}
    rows: list[list[Cell]] = []
    for other in others:
        theirs = {(task, one.id): one.right for task, ones in other.outcomes.items() for one in ones}
        test = mcnemar((ours[key], theirs[key]) for key in ours.keys() & theirs.keys())
        count = test.both + test.first + test.second + test.neither
        rows.append([other.name, count, test.both, test.first, test.second, test.neither, test.p])
    counts = ("n", "both right", "only compiled", "only the other", "neither")
    columns = [Column("compiled tools against"), *map(number, counts), number("p", ".2g")]
    return Table(columns, rows, caption="McNemar's exact test, two-sided.")


def _tokens_each(system: System, task: str) -> float | None:
    ones = system.outcomes.get(task, ())
    return fmean(one.tokens for one in ones) if ones else None


def _cost_table(made: Makings, systems: Sequence[System], splits: Mapping[str, Split]) -> Table:
    rows: list[list[Cell]] = []
    for protocol in PROTOCOLS:
        means = [_mean_tokens(made[protocol, task]) for task in splits]
        rows.append([f"making, {protocol}", *means, _dollars([one.cost for one in _of(made, protocol)])])
    for system in systems:
        means = [_tokens_each(system, task) for task in splits]
        rows.append([f"a question, {system.name}", *means, _dollars([one.cost for one in system.all])])
    for direct in (system for system in systems if system.name.startswith("direct")):
        pays = [_pays_from(made["compiled", task], _tokens_each(direct, task)) for task in splits]
        rows.append([f"compiled pays from, against {direct.name}", *pays, None])
    columns = [Column("mean tokens of"), *(number(task, ",.0f") for task in splits), Column("spent in all")]
    caption = "Tokens as the models' endpoints counted them. Money at the models' own prices; a dash if one is unknown."
    return Table(columns, rows, caption=caption)


def _mean_tokens(makings: Sequence[Made]) -> float | None:
    return fmean(one.tokens for one in makings) if makings else None


def _pays_from(makings: Sequence[Made], direct: float | None) -> float | None:
    tokens = _mean_tokens(makings)
    return None if tokens is None or direct is None else math.ceil(break_even(tokens, direct))


def _dollars(costs: Sequence[float | None]) -> str | None:
    known = [cost for cost in costs if cost is not None]
    return f"${math.fsum(known):.4f}" if costs and len(known) == len(costs) else None


def _cost_plot(made: Makings, systems: Sequence[System], splits: Mapping[str, Split]) -> Plot:
    """The paper's C + n·c, over all tasks together."""
    counts = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500]
    making = {protocol: math.fsum(_mean_tokens(made[protocol, task]) or 0 for task in splits) for protocol in PROTOCOLS}
    series = []
    for system in systems:
        fixed = making["compiled"] if system.name.startswith("compiled") else making["paper"]
        fixed = 0.0 if system.name.startswith("direct") else fixed
        each = math.fsum(_tokens_each(system, task) or 0.0 for task in splits)
        series.append(Series(system.name, [fixed + count * each for count in counts]))
    title = "Tokens for n questions of each task, making included"
    return Plot(title, counts, series, x_label="questions of each task", y_label="tokens")
