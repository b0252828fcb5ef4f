"""The adaptation study: a long stream of changing kinds through a product that audits itself.

The paper leaves it open how tools adapt while the stream goes on. After every 250 questions, each epoch's bound of each
version is held against the wrong answers that it has truly served.
"""

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from latm import Answer, AsyncLatm, Form, Route, Settings
from latm.errors import InputError
from latm.parts import Bound, Meter, open_models
from latm_bench.adaptation_findings import Outcome, Window, findings_of
from latm_bench.adaptation_stream import TURNED, Coming, arranged, disturbed
from latm_bench.adaptation_world import World, recorded, tools_by_kind
from latm_bench.findings import Findings
from latm_bench.running import Bench
from latm_bench.tasks.sources import TaskSource

EVERY = 250
_MAX_ERROR, _AUDIT = 0.05, 0.1
Key = tuple[str, int, int]
"""An epoch: of which task, which version, and its number."""


@dataclass(frozen=True, slots=True)
class AdaptationOptions:
    """What the study is of.

    Attributes:
        recordings: files and folders with the tools that the simulated maker gives.
        questions: how many, about.
        sorting: how many of them are of word sorting, whose meaning turns; 0: as many as of the others.
        near_misses: the share that comes with a clause that changes what is asked.
        wrong_labels: the share of direct answers that are wrong before a kind has a tool.
        reference_error: the share of all answers of the model that are wrong, at random.
        seed: of the order.
    """

    recordings: Sequence[Path]
    questions: int = 20_000
    sorting: int = 0
    near_misses: float = 0.0
    wrong_labels: float = 0.0
    reference_error: float = 0.0
    seed: int = 1


async def study(bench: Bench, sources: Sequence[TaskSource], options: AdaptationOptions) -> Findings:
    """Ask it all, and hold every bound against the truth.

    Args:
        bench: its settings say how many errors are allowed and how many answers are audited.
        sources: tasks beside the generated kinds.
        options: of the stream and of the simulated models.

    Raises:
        InputError: there are no recorded tools.
    """
    stream = arranged(sources, options.questions, options.seed, options.sorting)
    stream = disturbed(stream, options.near_misses, options.seed)
    if not (found := recorded(options.recordings)):
        where = ", ".join(map(str, options.recordings))
        raise InputError(f"{where} holds no recorded tools.", hint="Name a folder of recordings.")
    world = World(stream, await tools_by_kind(stream, found), options.reference_error, options.wrong_labels)
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(bench.settings, folder)
        models = open_models(settings, {"maker": world, "direct": world})
        bench.meters.append(models.meter)
        async with AsyncLatm(settings, models=models) as latm:
            course = Course(latm, stream, world)
            for place in course.starts:
                await course.go(place)
                if place % (4 * EVERY) == 0:
                    bench.progress(place, len(stream), f"{course.windows[-1].by_tool} of {EVERY} by tools")
            outcome = course.outcome(models.meter)
    return findings_of(outcome, options.questions)


def _settings(given: Settings, folder: str) -> Settings:
    """As the user says, and else so that the study ends: in words as they are asked, with a bound of 5 %."""
    wanted: dict[str, object] = {"store": f"sqlite:///{folder}/latm.db", "answer_style": "plain", "tool_user": False}
    wanted |= {"max_error": _MAX_ERROR} if given.max_error is None and given.policy == "auto" else {}
    wanted |= {"audit": _AUDIT} if given.audit is None else {}
    return given.model_copy(update=wanted)


class Course:
    """The stream as it passes.

    Args:
        latm: answers.
        stream: the questions.
        world: is told when the meaning turns.

    Attributes:
        starts: where the windows begin.
        windows: what became of each so far.
    """

    def __init__(self, latm: AsyncLatm, stream: Sequence[Coming], world: World) -> None:
        self._latm = latm
        self._stream = stream
        self._world = world
        self._truth = {one.item.question: one.truth for one in stream}
        self._turn = next((at for at, one in enumerate(stream) if one.kind.startswith(TURNED)), len(stream))
        self._end = dict(pairwise([*sorted({*range(0, len(stream), EVERY), self._turn} - {len(stream)}), len(stream)]))
        self.starts = list(self._end)
        self._row = 0
        self._wrong: Counter[Key] = Counter()
        self._served: Counter[Key] = Counter()
        self._looks = 0
        self._violated: list[str] = []
        self.windows: list[Window] = []

    async def go(self, start: int) -> None:
        """Ask a window, and look."""
        part = self._stream[start : self._end[start]]
        self._world.turned = start >= self._turn
        got = [answer async for answer in self._latm.run([one.item for one in part])]
        await self._latm.audited()
        tightest = self._hold(start)
        self.windows.append(_window(start, part, got, tightest))

    def _hold(self, place: int) -> float:
        """Hold every epoch's bound against what was truly wrong; the largest share of a bound that was used up."""
        cache = self._latm.cache
        forms = {task.name: task.form for task in cache.tasks()}
        for one in cache.served(self._row):
            self._row = one.row
            key = (one.task, one.version, one.epoch)
            self._served[key] += 1
            self._wrong[key] += not forms.get(one.task, Form()).same(one.text, self._truth[one.question])
        used = [
            self._look(place, (known.task, known.version, epoch.number), epoch.bound(known.state.goal))
            for known in cache.certificates()
            for epoch in (*known.state.past, known.state.epoch)
            if epoch.served
        ]
        return max(used, default=0.0)

    def _look(self, place: int, key: Key, bound: Bound) -> float:
        self._looks += 1
        wrong = self._wrong[key]
        if wrong > bound.wrong or self._served[key] != bound.served:
            said = f"{wrong} wrong of {self._served[key]}, {bound.wrong} of {bound.served} allowed"
            self._violated.append(f"at {place}, {key}: {said}")
        return wrong / bound.wrong if bound.wrong else 0.0

    def outcome(self, meter: Meter) -> Outcome:
        """What came of it in all."""
        cache = self._latm.cache
        return Outcome(
            questions=len(self._stream),
            kinds=len({one.kind for one in self._stream}),
            windows=self.windows,
            served=self._served.total(),
            wrong=self._wrong.total(),
            looks=self._looks,
            violated=self._violated,
            certificates=cache.certificates(),
            makings=cache.makings(),
            events=cache.events(limit=None),
            books=cache.ledger(),
            metered=meter.total().tokens,
        )


def _window(start: int, part: Sequence[Coming], got: Sequence[Answer], tightest: float) -> Window:
    pairs = list(zip(part, got, strict=True))
    asked = Counter(one.kind for one, _ in pairs)
    by_tool = Counter(one.kind for one, answer in pairs if answer.route is Route.TOOL)
    wrong = sum(answer.route is Route.TOOL and answer.text.strip() != one.truth.strip() for one, answer in pairs)
    return Window(start + len(part), asked, by_tool, wrong, tightest)
