"""The run: questions without labels go in, and what happened comes out, unscored."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from latm.answer import Answer, Route
from latm.answering.snapshot import Snapshot
from latm.demo.watching import Watcher, watched
from latm.errors import ModelError
from latm.latm import AsyncLatm
from latm.ledger import Usage
from latm.models import Models
from latm.observing import MakingEnded, Notice
from latm.provenance import Making
from latm.settings import Settings
from latm.task import Instance, Task


@dataclass(frozen=True, slots=True)
class MakingAt:
    """A making, and how many questions had been answered when it ended."""

    making: Making
    place: int


@dataclass(frozen=True, slots=True)
class Course:
    """What happened in a run.

    Attributes:
        answers: one per question, in order.
        tasks: the tasks that were found, with the examples they are known by.
        makings: in order.
        stands_from: by found task, how many questions had been answered when its tool first stood. Tools are made
            between blocks, so this is where a block begins.
        calls: completions by purpose, replayed ones included.
        usage: all that models spent, as the models or the recording report it.
        replayed: the part of it that came from a recording.
        seconds: wall time.
        style: how direct answers were asked for.
    """

    answers: Sequence[Answer]
    tasks: Sequence[Task]
    makings: Sequence[MakingAt]
    stands_from: Mapping[str, int]
    calls: Mapping[str, int]
    usage: Usage
    replayed: Usage
    seconds: float
    style: str = "reasoned"


async def run(settings: Settings, questions: Sequence[str], models: Models, watcher: Watcher) -> Course:
    """Send a stream of questions through the product.

    Args:
        settings: as the product takes them.
        questions: in the order in which they arrive; nothing else is passed on.
        models: of all roles; closed at the end.
        watcher: told of everything while it happens.

    Raises:
        ModelError: a recording is being made, and a question has no answer.
        LatmError: as `AsyncLatm.run`; a request that a replayed recording does not hold is a `ReplayMissError`.
    """
    started = time.monotonic()
    answers: list[Answer] = []
    instances = (Instance(question, id=str(number)) for number, question in enumerate(questions, start=1))
    history = _History(watcher)
    async with AsyncLatm(settings, models=watched(models, watcher), observer=history) as latm:
        async for answer in latm.run(instances, length=len(questions)):
            if len(answers) % settings.block == 0:
                history.look(latm.snapshot, len(answers))
            _refuse_gap(settings, answer)
            answers.append(answer)
            watcher.answered(answer)
        history.look(latm.snapshot, len(answers))
        tasks = latm.cache.tasks()
    return Course(
        answers=answers,
        tasks=tasks,
        makings=history.makings,
        stands_from=history.stands_from,
        calls=_calls(models),
        usage=models.meter.total(),
        replayed=models.meter.total(replayed=True),
        seconds=time.monotonic() - started,
        style=settings.answer_style,
    )


def _refuse_gap(settings: Settings, answer: Answer) -> None:
    """A failed answer would leave a gap in a recording, and everything after it would be another run."""
    if settings.record is not None and answer.route is Route.FAILED:
        raise ModelError(
            f"Question {answer.id} has no answer to record: {answer.evidence}.",
            hint="Start the same command again: what is recorded already is not asked again.",
        )


class _History:
    """Notes between blocks which makings have ended and which tools stand."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._ended: list[Making] = []
        self.makings: list[MakingAt] = []
        self.stands_from: dict[str, int] = {}

    def on_event(self, event: Notice, /) -> None:
        """Hear of a making that has ended."""
        if isinstance(event, MakingEnded):
            self._ended.append(event.making)

    def look(self, snapshot: Snapshot, place: int) -> None:
        """Note what has changed since the last look."""
        for making in self._ended:
            self.makings.append(MakingAt(making, place))
            self._watcher.made(making)
        self._ended.clear()
        for known in snapshot.known:
            if known.tool is not None:
                self.stands_from.setdefault(known.task.name, place)


def _calls(models: Models) -> dict[str, int]:
    purposes = sorted({account.purpose for account in models.meter.accounts})
    return {purpose: models.meter.total(purpose=purpose).calls for purpose in purposes}
