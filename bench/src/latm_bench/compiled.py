"""The study of compiled tools: made from the paper's split, then scored on one mixed stream without any model."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from latm import Answer, AsyncLatm, Instance, Making, Route, Settings
from latm.parts import ANSWER_FUNCTION, Models, Verdict, open_models, open_sandbox
from latm_bench.baseline import DirectRecord, read_baseline, same_answer
from latm_bench.compiled_findings import findings_of
from latm_bench.compiled_scores import Scored, TaskScore, score
from latm_bench.concurrency import gather
from latm_bench.findings import Findings
from latm_bench.known_tasks import family
from latm_bench.running import Bench
from latm_bench.tasks.sources import TaskSource
from latm_bench.tasks.splits import Split, paper_split
from latm_bench.tools import made_tools

OFFLINE = {"maker": None, "user": None, "direct": None, "dispatcher": None, "record": None, "replay": None}


async def study(bench: Bench, sources: Sequence[TaskSource], baseline: Path | None, *, seed: int = 0) -> Findings:
    """Make a tool for every source from its first examples, then answer all the rest, shuffled, by tools alone.

    Args:
        bench: its models make; every tool is made anew, none reused, but those of an earlier start of the same run.
        sources: the tasks.
        baseline: a folder of a recorded direct model's answers to the same questions; None: no comparison.
        seed: of the shuffle.

    Raises:
        LatmError: a source cannot be read, or a model cannot be asked.
    """
    items = {source.name: tuple(source.instances()) for source in sources}
    splits = {name: paper_split(instances) for name, instances in items.items()}
    makings = await make_all(bench.settings, splits, bench=bench)
    stream = [instance for split in splits.values() for instance in split.test]
    random.Random(seed).shuffle(stream)  # noqa: S311  # an experiment's order, no secret
    answers = await answer_offline(bench.settings, stream)
    bench.tell(f"{len(stream):,} questions answered by tools alone.")
    crashed = await _crashed(bench, stream, answers)
    direct = {name: read_baseline(baseline, name, items[name]) if baseline else None for name in splits}
    makers: dict[str | None, str] = {making.tool_id: name for name, making in makings.items() if making.tool_id}
    scored = [_scored(*pair, makers, direct) for pair in zip(stream, answers, crashed, strict=True)]
    return findings_of([score(makings[name], [one for one in scored if one.task == name]) for name in splits], scored)


async def make_all(settings: Settings, splits: Mapping[str, Split], *, bench: Bench | None = None) -> dict[str, Making]:
    """Make every task's tool, all at once; each must abstain from the examples of all the others.

    Args:
        settings: how; `reuse` is off and gold is not strict whatever they say: published labels have mistakes.
        splits: by task.
        bench: whose models make and who hears of every making; None: models from the settings, in silence.
    """
    done = 0

    async def make(latm: AsyncLatm, name: str) -> Making:
        nonlocal done
        known = latm.cache.makings(name)
        making = known[-1] if known else await latm.make(name, splits[name].examples)
        done += 1
        if bench:
            bench.progress(done, len(splits), f"{name}: {making.outcome}")
        return making

    own = settings.model_copy(update={"reuse": False, "gold_is_strict": False})
    async with AsyncLatm(own, models=bench.models if bench else None) as latm:
        for name, split in splits.items():
            await latm.learn(name, split.examples)
        makings = await gather([partial(make, latm, name) for name in splits])
    return dict(zip(splits, makings, strict=True))


async def answer_offline(settings: Settings, stream: Sequence[Instance]) -> list[Answer]:
    """Answer a stream by the tools in the store; what they abstain from comes back as `failed`."""
    numbered = [replace(instance, id=str(place)) for place, instance in enumerate(stream)]
    offline = settings.model_copy(update=OFFLINE)
    no_models: Models = open_models(offline)
    async with AsyncLatm(offline, models=no_models) as latm:
        return [answer async for answer in latm.run(numbered, length=len(numbered))]


async def _crashed(bench: Bench, stream: Sequence[Instance], answers: Sequence[Answer]) -> list[bool]:
    """Whether a question went unanswered because its own tool failed on it, which is no abstention."""
    silent: defaultdict[str, list[int]] = defaultdict(list)
    for place, (item, answer) in enumerate(zip(stream, answers, strict=True)):
        if answer.route is not Route.TOOL:
            silent[str(item.task)].append(place)
    crashed = [False] * len(stream)
    async with open_sandbox(bench.settings) as sandbox:
        for task, made in made_tools(bench.settings.store).items():
            questions = [(stream[place].question,) for place in silent[task]]
            results = await sandbox.batch(made.tool.program.code, ANSWER_FUNCTION, questions)
            for place, result in zip(silent[task], results, strict=True):
                crashed[place] = result.verdict not in {Verdict.OK, Verdict.ABSTAINED}
    return crashed


def _scored(
    item: Instance,
    answer: Answer,
    crashed: bool,
    makers: Mapping[str | None, str],
    direct: Mapping[str, Mapping[str, DirectRecord] | None],
) -> Scored:
    task, truth = str(item.task), item.answer or ""
    recorded = direct[task]
    record = recorded[item.question] if recorded else None
    return Scored(
        task=task,
        by_tool=answer.route is Route.TOOL,
        right=answer.route is Route.TOOL and answer.text.strip() == truth.strip(),
        own=answer.task == task,
        kin=family(makers.get(answer.tool_id, "")) == family(task),
        crashed=crashed,
        seconds=answer.seconds,
        direct=record,
        direct_right=record is not None and same_answer(record.answer, truth, task),
    )


__all__ = ["OFFLINE", "TaskScore", "answer_offline", "make_all", "study"]
