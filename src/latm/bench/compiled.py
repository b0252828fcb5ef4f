"""The study of compiled tools: made from the paper's split, then scored on one mixed stream without any model."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from latm.answer import Answer, Route
from latm.concurrency import gather
from latm.latm import AsyncLatm
from latm.models import Models, open_models
from latm.provenance import Making
from latm.settings import Settings
from latm.task import Instance
from latm.tasks.sources import TaskSource
from latm.tasks.splits import Split, paper_split

OFFLINE = {"maker": None, "user": None, "direct": None, "dispatcher": None, "record": None, "replay": None}


@dataclass(frozen=True, slots=True)
class TaskScore:
    """How one task came out.

    Attributes:
        name: the task.
        making: how its tool was made, or why there is none.
        questions: test questions in the stream.
        answered: those that a tool answered.
        right: those of the answered whose answer is the label.
        astray: those of the answered that went to a tool other than the task's own.
    """

    name: str
    making: Making
    questions: int
    answered: int
    right: int
    astray: int

    @property
    def coverage(self) -> float:
        """Share of the questions that a tool answered."""
        return self.answered / self.questions

    @property
    def precision(self) -> float | None:
        """Share of the answered questions that are right; None where none was answered."""
        return self.right / self.answered if self.answered else None


async def study(settings: Settings, sources: Sequence[TaskSource], *, seed: int = 0) -> list[TaskScore]:
    """Make a tool for every source from its first examples, then answer all the rest, shuffled, by tools alone.

    Args:
        settings: the models that make, and the store that keeps the tools; every tool is made anew, none reused.
        sources: the tasks.
        seed: of the shuffle.

    Raises:
        LatmError: a source cannot be read, or a model cannot be asked.
    """
    splits = {source.name: paper_split(source.instances()) for source in sources}
    makings = await make_all(settings, splits)
    stream = [instance for split in splits.values() for instance in split.test]
    random.Random(seed).shuffle(stream)  # noqa: S311  # an experiment's order, no secret
    answers = await answer_offline(settings, stream)
    return [_score(name, makings, stream, answers) for name in splits]


async def make_all(settings: Settings, splits: Mapping[str, Split]) -> dict[str, Making]:
    """Make every task's tool, all at once; each must abstain from the examples of all the others."""
    async with AsyncLatm(settings.model_copy(update={"reuse": False})) as latm:
        for name, split in splits.items():
            latm.learn(name, split.examples)
        makings = await gather([partial(latm.make, name, split.examples) for name, split in splits.items()])
    return dict(zip(splits, makings, strict=True))


async def answer_offline(settings: Settings, stream: Sequence[Instance]) -> list[Answer]:
    """Answer a stream by the tools in the store; what they abstain from comes back as `failed`."""
    numbered = [replace(instance, id=str(place)) for place, instance in enumerate(stream)]
    offline = settings.model_copy(update=OFFLINE)
    no_models: Models = open_models(offline)
    async with AsyncLatm(offline, models=no_models) as latm:
        return [answer async for answer in latm.run(numbered, length=len(numbered))]


def _score(
    name: str, makings: Mapping[str, Making], stream: Sequence[Instance], answers: Sequence[Answer]
) -> TaskScore:
    own = [(item, answer) for item, answer in zip(stream, answers, strict=True) if item.task == name]
    answered = [(item, answer) for item, answer in own if answer.route is Route.TOOL]
    return TaskScore(
        name,
        makings[name],
        questions=len(own),
        answered=len(answered),
        right=sum(answer.text.strip() == (item.answer or "").strip() for item, answer in answered),
        astray=sum(answer.tool_id != makings[name].tool_id for _, answer in answered),
    )
