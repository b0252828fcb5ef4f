"""The dispatching study: the right tool for known tasks, and the recognition of new ones."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from latm import Instance, Task
from latm.parts import Dispatcher, Known, ModelDispatcher, Sandbox, Snapshot, TaskStatus, open_sandbox
from latm_bench.concurrency import gather
from latm_bench.dispatch_findings import Decided, findings_of
from latm_bench.findings import Findings
from latm_bench.known_tasks import family
from latm_bench.nearest import Embed, Nearest, sentence_embedding, tf_idf
from latm_bench.running import Bench
from latm_bench.tasks.sources import TaskSource
from latm_bench.tasks.splits import Split, paper_split
from latm_bench.tools import MadeTool, tools_of_run

NEAR_MISSES = (
    "Answer with the words only, in capital letters. {}",
    "{} Take the opposite of the answer.",
    "{} Explain each step.",
    "Ignore every second word of what follows. {}",
    "{} Give all the other options instead.",
    "If today is a Monday, answer this, otherwise say so: {}",
)
"""What asks for something else in nearly the same words; none of these is among the gates' own."""


@dataclass(frozen=True, slots=True)
class DispatchOptions:
    """What the study is asked to do.

    Attributes:
        tools: a run of the study of compiled tools.
        rounds: how often half of the tasks are drawn as known.
        per_task: questions of each task in each round.
        asked: of those, how many of each task the model dispatcher decides, in the first round; 0: none.
        embeddings: a model of sentence-transformers; empty: none.
        seed: of the draws.
    """

    tools: Path
    rounds: int = 4
    per_task: int = 40
    asked: int = 2
    embeddings: str = ""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to be dispatched.

    Attributes:
        item: with its task.
        known: whether its task, or one of its family, is known.
        tooled: whether its task has a tool.
        near: whether it was changed into a near miss, which belongs to no known task.
    """

    item: Instance
    known: bool
    tooled: bool
    near: bool = False


async def study(bench: Bench, sources: Sequence[TaskSource], options: DispatchOptions) -> Findings:
    """Dispatch questions of known and of new tasks, in several ways.

    In each round half of the tasks are known, by six examples each and their tools where they have one. Tasks of one
    family are known or new together.

    Raises:
        InputError: there are no tools.
        LatmError: a model or the machine failed; what the model dispatcher has decided is kept.
    """
    splits = {source.name: paper_split(source.instances()) for source in sources}
    made = tools_of_run(options.tools)
    decided: list[Decided] = []
    async with open_sandbox(bench.settings) as sandbox:
        for number in range(options.rounds):
            known = _drawn(splits, f"{options.seed} {number}")
            asked = _questions(splits, known, made, options, number)
            snapshot = _filled(splits, made, known)
            decided += await _locally(bench, sandbox, snapshot, asked)
            decided += _by_similarity(asked, {name: splits[name] for name in known}, options)
            if number == 0:
                decided += await _by_model(bench, list(filter(None, map(snapshot.task, known))), asked, options)
            bench.progress(
                number + 1, options.rounds, f"{len(known)} of {len(splits)} tasks known, {len(asked):,} asked"
            )
    return findings_of(decided, len(splits))


def _drawn(splits: Mapping[str, Split], seed: str) -> list[str]:
    """Half of the families, with all of their tasks."""
    families = sorted({family(name) for name in splits})
    chosen = set(random.Random(seed).sample(families, (len(families) + 1) // 2))  # noqa: S311  # an experiment's draw
    return [name for name in splits if family(name) in chosen]


def _questions(
    splits: Mapping[str, Split],
    known: Sequence[str],
    made: Mapping[str, MadeTool],
    options: DispatchOptions,
    number: int,
) -> list[Asked]:
    asked: list[Asked] = []
    for name, split in splits.items():
        rng = random.Random(f"{name} {options.seed} {number}")  # noqa: S311  # an experiment's draw
        items = rng.sample(split.test, min(options.per_task, len(split.test)))
        asked += [Asked(item, name in known, name in made) for item in items]
        if name in known:
            frames = [rng.choice(NEAR_MISSES) for _ in items]
            asked += [
                Asked(
                    Instance(frame.format(item.question), id=item.id, task=name),
                    known=True,
                    tooled=name in made,
                    near=True,
                )
                for item, frame in zip(items, frames, strict=True)
            ]
    return asked


def _filled(splits: Mapping[str, Split], made: Mapping[str, MadeTool], known: Sequence[str]) -> Snapshot:
    return Snapshot().after(1, [_known(name, splits[name], made.get(name)) for name in known])


def _known(name: str, split: Split, made: MadeTool | None) -> Known:
    status = TaskStatus.SERVED if made else TaskStatus.COLLECTING
    return Known(Task(name, tuple(split.examples), status), made.tool if made else None)


async def _locally(bench: Bench, sandbox: Sandbox, snapshot: Snapshot, asked: Sequence[Asked]) -> list[Decided]:
    """By the product's dispatcher, without a model; and by its grouping of wordings alone."""
    dispatcher = Dispatcher(sandbox, shortlist=bench.settings.shortlist)
    decided = []
    for start in range(0, len(asked), bench.settings.block):
        block = asked[start : start + bench.settings.block]
        dispatches = await dispatcher.dispatch(snapshot, [one.item.asked for one in block])
        for one, dispatch in zip(block, dispatches, strict=True):
            task = dispatch.task.name if dispatch.task else None
            by_parser = dispatch.text is not None
            right = by_parser and str(dispatch.text).strip() == str(one.item.answer).strip()
            decided.append(_decided("local", one, task, answered=by_parser, right=right))
            kind = snapshot.kind_of(one.item.asked)
            decided.append(_decided("wording alone", one, kind.name if kind else None))
    return decided


def _by_similarity(asked: Sequence[Asked], known: Mapping[str, Split], options: DispatchOptions) -> list[Decided]:
    examples = {name: [example.question for example in split.examples] for name, split in known.items()}
    ways: dict[str, Embed] = {"n-gram TF-IDF": tf_idf}
    if options.embeddings:
        ways[f"embedding, {options.embeddings}"] = sentence_embedding(options.embeddings)
    return [
        _decided(way, one, task)
        for way, embed in ways.items()
        for one, task in zip(asked, Nearest(embed, examples).choose([one.item.question for one in asked]), strict=True)
    ]


async def _by_model(
    bench: Bench, tasks: Sequence[Task], asked: Sequence[Asked], options: DispatchOptions
) -> list[Decided]:
    """By the paper's dispatcher, which chooses among all known tasks; on a part of the questions."""
    if bench.models.dispatcher is None or not options.asked:
        return []
    model = ModelDispatcher(bench.models.dispatcher)
    counts: dict[tuple[str, bool], int] = {}
    few = []
    for one in asked:
        place = (str(one.item.task), one.near)
        counts[place] = counts.get(place, 0) + 1
        if counts[place] <= options.asked:
            few.append(one)
    done = 0

    async def decide(one: Asked) -> Decided:
        nonlocal done

        async def choose() -> dict[str, Any]:
            chosen, _ = await model.choose(one.item.question, tasks)
            return {"task": chosen.name if chosen else None}

        kept = await bench.samples.get(f"model/{one.item.task}/{one.item.id}/{one.near}", choose)
        done += 1
        bench.progress(done, len(few), "by the model dispatcher")
        return _decided("model", one, kept["task"])

    return await gather([partial(decide, one) for one in few])


def _decided(way: str, one: Asked, task: str | None, *, answered: bool = False, right: bool = False) -> Decided:
    return Decided(way, str(one.item.task), one.known, one.near, one.tooled, task, answered, right)
