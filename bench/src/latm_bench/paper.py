"""The paper's own experiment: six tasks, answered directly, by the paper's protocol, and by compiled tools."""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from latm import Example, Instance, Settings, ToolVersion, Usage
from latm.errors import SettingsError
from latm.parts import ANSWER_FUNCTION, DirectAnswer, PaperToolUser, Result, RoleModel, Sandbox, Verdict, open_sandbox
from latm_bench.answers import says
from latm_bench.baseline import read_baseline, same_answer
from latm_bench.concurrency import gather
from latm_bench.findings import Findings
from latm_bench.making import PROTOCOLS, Made, Protocol, Workshop
from latm_bench.paper_findings import Outcome, System, findings_of
from latm_bench.provenance import usage_json
from latm_bench.running import Bench
from latm_bench.tasks.paper import PAPER_TASKS, paper_tasks
from latm_bench.tasks.splits import Split, paper_split

FOREIGN_PER_TASK = 3
PATIENCE = 30.0
"""Seconds for one call of a tool. The paper states no limit; a right program for Chinese remainders takes ten."""
Solve = Callable[[Instance], Awaitable[tuple[str | None, Usage, str]]]
"""From a question to the answer (None where the attempt crashed), what it spent, and why there is none."""


@dataclass(frozen=True, slots=True)
class PaperOptions:
    """What the experiment is asked to do.

    Attributes:
        data: the folder of BIG-bench files; None: all six tasks are generated.
        trials: makings per task and protocol; five in the paper.
        sample: test questions per task that a model answers; 0: all of them. Compiled tools always answer all.
        direct: whether models also answer the sample directly.
        baseline: a folder of a recorded direct model's answers to BIG-bench's questions; None: none.
        seed: of the choice of the sample.
    """

    data: Path | None = None
    trials: int = 5
    sample: int = 20
    direct: bool = True
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
    options: PaperOptions
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


async def study(bench: Bench, options: PaperOptions) -> Findings:
    """Run the experiment.

    Raises:
        SettingsError: no tool maker is set.
        LatmError: a task cannot be read, or a model or the machine failed; what is finished is kept.
    """
    strong = bench.models.maker
    if strong is None:
        raise SettingsError("No tool maker is set.", hint="Name one with --maker, or replay a recording.")
    items = {source.name: tuple(source.instances()) for source in paper_tasks(options.data)}
    splits = {name: paper_split(instances) for name, instances in items.items()}
    light = _light(bench, strong)
    async with open_sandbox(_patient(bench.settings)) as sandbox:
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
            if model is not None and options.direct:
                asking = DirectAnswer(model, bench.settings.answer_style)
                by_words = {task: _directly(asking, split.examples) for task, split in splits.items()}
                systems.append(await run.asked("direct", role, model, by_words))
    return findings_of(made, systems, splits, options.sample)


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
    for name, file in files.items():
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
    return len(PROTOCOLS) * len(run.splits) * run.options.trials + users * asked * (2 if run.options.direct else 1)


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
