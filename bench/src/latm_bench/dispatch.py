"""The dispatching study: the right tool for known tasks, and the recognition of new ones."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from latm import Instance, Task
from latm.parts import Dispatcher, Known, ModelDispatcher, Sandbox, Snapshot, TaskStatus, open_sandbox
from latm.report import Cell, Column, Figure, HeatMap, Section, Table
from latm_bench.concurrency import gather
from latm_bench.findings import Findings, counted, interval, number, percent, rate_json
from latm_bench.known_tasks import family
from latm_bench.nearest import Embed, Nearest, sentence_embedding, tf_idf
from latm_bench.running import Bench
from latm_bench.statistics import Rate, clustered
from latm_bench.tasks.sources import TaskSource
from latm_bench.tasks.splits import Split, paper_split
from latm_bench.tools import MadeTool, tools_of_run

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
        tooled: whether its task has a tool, if it is known.
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
class Options:
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


async def study(bench: Bench, sources: Sequence[TaskSource], options: Options) -> Findings:
    """Dispatch questions of known and of new tasks, in several ways.

    In each round half of the tasks are known, by six examples each and their tools if they have one. Tasks of one
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
    options: Options,
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


def _by_similarity(asked: Sequence[Asked], known: Mapping[str, Split], options: Options) -> list[Decided]:
    examples = {name: [example.question for example in split.examples] for name, split in known.items()}
    ways: dict[str, Embed] = {"n-gram TF-IDF": tf_idf}
    if options.embeddings:
        ways[f"embedding, {options.embeddings}"] = sentence_embedding(options.embeddings)
    return [
        _decided(way, one, task)
        for way, embed in ways.items()
        for one, task in zip(asked, Nearest(embed, examples).choose([one.item.question for one in asked]), strict=True)
    ]


async def _by_model(bench: Bench, tasks: Sequence[Task], asked: Sequence[Asked], options: Options) -> list[Decided]:
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
