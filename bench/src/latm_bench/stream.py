"""The stream study: tasks arrive one after another, tools with them, and half-way two tasks change."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from latm import Answer, AsyncLatm, Example, Instance, Making, Route
from latm.errors import InputError
from latm.parts import Models
from latm_bench.changes import CHANGES, Change
from latm_bench.findings import Findings
from latm_bench.running import Bench
from latm_bench.stream_findings import Passed, findings_of
from latm_bench.tasks.sources import TaskSource
from latm_bench.tasks.splits import Split, paper_split
from latm_bench.tools import MadeTool, tools_of_run

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


async def study(bench: Bench, sources: Sequence[TaskSource], tools: Path, *, seed: int) -> Findings:
    """Let a long stream pass through the product, whose tools come into service as their tasks become known.

    A tool of an earlier run comes into service once as many questions of its task have passed as its making took. What
    tools abstain from is left to the model, which is no part of this study. Where a tool maker is set, a changed task
    gets a tool of its own, made from its first changed questions.

    Args:
        bench: its tool maker, where there is one, makes the changed tasks' tools.
        sources: the tasks.
        tools: a run of the study of compiled tools.
        seed: of the arrivals and the order.

    Raises:
        InputError: there are no tools.
        LatmError: a model or the machine failed.
    """
    made = tools_of_run(tools)
    splits = {source.name: paper_split(source.instances()) for source in sources}
    if not made.keys() & splits.keys():
        raise InputError(f"The run {str(tools)!r} has tools for none of these tasks.", hint="Name the same --data.")
    coming = list(arranged(splits, seed))
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
    for number, item in enumerate(items):
        changed = change.apply(item) if change and number >= len(items) / 2 else None
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
        """Let a task be known, with its tool where it has one."""
        self.standing[task] = len(self.passed)
        if task in self._splits:
            await self._latm.learn(task, self._splits[task].examples)
            if task in self._made:
                await self._latm.adopt(self._made[task].making, self._made[task].tool)
        elif self._bench.models.maker is not None:
            making = await self._latm.make(task, self._seen[task])
            self.makings.append(making)
            self._bench.tell(f"{task}: {making.outcome}, {making.reason}")
