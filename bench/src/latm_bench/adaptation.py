"""The adaptation study: a long stream of changing kinds through a product that audits itself.

The paper leaves it open how tools adapt while the stream goes on. After every 250 questions, each epoch's bound of each
version is checked against the wrong answers that it has truly served.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from latm import Answer, AsyncLatm, Event, Form, Making, Route, Settings, Usage
from latm.errors import InputError
from latm.parts import Bound, Certified, Meter, TaskLedger, open_models
from latm.report import Cell, Column, Figure, Plot, Section, Series, Table
from latm_bench.adaptation_stream import TURNED, Coming, arranged, disturbed
from latm_bench.adaptation_world import World, recorded, tools_by_kind
from latm_bench.findings import Findings, number, percent
from latm_bench.running import Bench
from latm_bench.tasks.sources import TaskSource

_TOGETHER = 8

"""Windows that are one row of a table, and two that are one point of a plot."""

_DRIFT = "drifted"

_TOLD = {"suspended", "retired", _DRIFT}


@dataclass(frozen=True, slots=True)
class Window:
    """What became of a stretch of the stream.

    Attributes:
        end: questions up to its end.
        asked: by kind.
        answered: by tools, by kind.
        wrong: how many of those were wrong.
        used: the largest share of a bound W* that truly wrong answers had used up by then; at most 1 if it holds.
    """

    end: int
    asked: Mapping[str, int]
    answered: Mapping[str, int]
    wrong: int
    used: float

    @property
    def by_tool(self) -> int:
        """All that tools answered."""
        return sum(self.answered.values())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the stream: counts, and what the store has of it."""

    questions: int
    kinds: int
    windows: Sequence[Window]
    served: int
    wrong: int
    looks: int
    violated: Sequence[str]
    certificates: Sequence[Certified]
    makings: Sequence[Making]
    events: Sequence[Event]
    books: Sequence[TaskLedger]
    metered: int

    @property
    def billed(self) -> dict[str, int]:
        """Tokens by what for."""
        return {
            purpose: sum((book.billed.get(purpose, Usage()) for book in self.books), Usage()).tokens
            for purpose in sorted({purpose for book in self.books for purpose in book.billed})
        }

    @property
    def avoided(self) -> float:
        """Tokens that direct answers would have taken, estimated."""
        return sum(book.avoided_tokens.mean for book in self.books if book.avoided_tokens)

    @property
    def decided(self) -> dict[str, int]:
        """Events of versions and of drift, by kind."""
        counted = Counter(str(one.kind) for one in self.events if one.version is not None)
        drifts = Counter(str(one.evidence.get("what")) for one in self.events if one.kind == _DRIFT)
        return dict(counted) | {f"drift of {what}": count for what, count in drifts.items()}


EVERY = 250
_MAX_ERROR, _AUDIT = 0.05, 0.1
Key = tuple[str, int, int]
"""An epoch: of which task, which version, and its number."""


@dataclass(frozen=True, slots=True)
class Options:
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


async def study(bench: Bench, sources: Sequence[TaskSource], options: Options) -> Findings:
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


def findings_of(found: Outcome, asked: int) -> Findings:
    """What the study found."""
    late = found.windows[len(found.windows) * 3 // 4 :]
    hits = _share(late, lambda one: one.by_tool)
    outcomes = Counter(str(making.outcome) for making in found.makings)
    billed = sum(found.billed.values())
    return Findings(
        title="A long stream of changing kinds, audited",
        lead=f"{found.questions:,} questions of {found.kinds} kinds, which arrive during the first half; from the "
        "middle on one comes in other words, one behind a new preamble, and one means something else. Simulated "
        "models, with tools that a language model once wrote.",
        figures=[
            Figure(percent(hits), "answered by tools in the last quarter", f"{found.served:,} answers by tools in all"),
            Figure(percent(found.wrong / max(1, found.served), 2), "of them wrong", f"{found.wrong:,} answers"),
            Figure(f"{len(found.violated)}", "bounds violated", f"W* was looked at {found.looks:,} times"),
            Figure(f"{len(found.makings)}", "makings", f"{outcomes}"[8:-1]),
            Figure(f"{billed - found.metered:,}", "tokens between ledger and meter", f"{billed:,} were billed"),
        ],
        sections=[
            Section("Over the stream", parts=[_hits_plot(found.windows), _course_table(found.windows)]),
            Section("The kinds that change", parts=[_changes_plot(found.windows)]),
            Section("The bound and the truth", parts=[_bound_plot(found.windows)]),
            Section("What was decided", parts=[_events_table(found.events)]),
            Section("Tokens", parts=[_ledger_table(found)]),
        ],
        measures={
            "questions": found.questions,
            "hit rate in the last quarter": hits,
            "wrong, of answers by tools": found.wrong / max(1, found.served),
            "bounds violated": len(found.violated),
            "makings": len(found.makings),
            "tokens billed": billed,
            "tokens between ledger and meter": billed - found.metered,
        },
        data=_data(found) | {"asked_for": asked},
        pictures="adaptation",
    )


def _data(found: Outcome) -> dict[str, object]:
    return {
        "by_tool": found.served,
        "wrong_by_tool": found.wrong,
        "versions": len(found.certificates),
        "makings": dict(Counter(str(making.outcome) for making in found.makings)),
        "decided": found.decided,
        "bounds_looked_at": found.looks,
        "bounds_violated": found.violated,
        "audits": sum(one.audits for one in found.certificates),
        "tokens_billed": sum(found.billed.values()),
        "tokens_metered": found.metered,
        "tokens_by_purpose": found.billed,
        "avoided_tokens": round(found.avoided),
        "windows": [
            {
                "end": one.end,
                "asked": dict(one.asked),
                "answered": dict(one.answered),
                "wrong": one.wrong,
                "used": one.used,
            }
            for one in found.windows
        ],
    }


def _share(windows: Sequence[Window], hit: Callable[[Window], int]) -> float | None:
    asked = sum(sum(one.asked.values()) for one in windows)
    return sum(map(hit, windows)) / asked if asked else None


def _is_changed(kind: str) -> bool:
    return "," in kind and "near miss" not in kind


def _of_changed(window: Window) -> tuple[int, int]:
    asked = sum(count for kind, count in window.asked.items() if _is_changed(kind))
    return sum(count for kind, count in window.answered.items() if _is_changed(kind)), asked


def _course_table(windows: Sequence[Window]) -> Table:
    rows: list[list[Cell]] = []
    for start in range(0, len(windows), _TOGETHER):
        some = windows[start : start + _TOGETHER]
        answered, asked = map(sum, zip(*map(_of_changed, some), strict=True))
        changed = percent(answered / asked, 0) if asked else "–"
        wrong = sum(one.wrong for one in some)
        rows.append([some[-1].end, percent(_share(some, lambda one: one.by_tool)), changed, wrong])
    columns = [number("questions up to"), Column("answered by tools"), Column("of the changed kinds"), number("wrong")]
    return Table(columns, rows)


def _points(windows: Sequence[Window]) -> list[Sequence[Window]]:
    return [windows[start : start + 2] for start in range(0, len(windows), 2)]


def _hits_plot(windows: Sequence[Window]) -> Plot:
    points = _points(windows)
    series = [
        Series("answered by tools", [_share(some, lambda one: one.by_tool) for some in points]),
        Series("answered by tools, wrong", [_share(some, lambda one: one.wrong) for some in points]),
    ]
    return Plot(
        "Answered by tools, over the stream",
        [some[-1].end for some in points],
        series,
        x_label="questions",
        y_form="percent",
        y_limits=(0.0, 1.0),
    )


def _changes_plot(windows: Sequence[Window]) -> Plot:
    """Coverage of each kind that changes, as it was and as it has become."""
    changed = sorted({kind for one in windows for kind in one.asked if _is_changed(kind)})
    origins = sorted({kind.partition(",")[0] for kind in changed})
    points = [windows[start : start + _TOGETHER // 2] for start in range(0, len(windows), _TOGETHER // 2)]
    series = []
    for origin in origins:
        values: list[float | None] = []
        for some in points:
            asked = sum(n for one in some for kind, n in one.asked.items() if kind.partition(",")[0] == origin)
            hit = sum(n for one in some for kind, n in one.answered.items() if kind.partition(",")[0] == origin)
            values.append(hit / asked if asked else None)
        series.append(Series(origin, values))
    return Plot(
        "Answered by tools, of the kinds that change in the middle",
        [some[-1].end for some in points],
        series,
        x_label="questions",
        y_form="percent",
        y_limits=(0.0, 1.0),
    )


def _bound_plot(windows: Sequence[Window]) -> Plot:
    return Plot(
        "Wrong answers served, as a share of the bound W*: the version that is nearest to it",
        [one.end for one in windows],
        [Series("wrong / W*", [one.used for one in windows])],
        x_label="questions",
        y_form="percent",
        y_limits=(0.0, 1.1),
        note="Above 100 % the bound would be violated.",
    )


def _events_table(events: Sequence[Event]) -> Table:
    rows: list[list[Cell]] = [
        [str(one.kind), one.task, one.version, one.why] for one in events if one.kind in _TOLD and one.who != "person"
    ]
    return Table([Column("event"), Column("task"), number("version"), Column("why")], rows)


def _ledger_table(found: Outcome) -> Table:
    rows: list[list[Cell]] = [[purpose.replace("_", " "), tokens] for purpose, tokens in found.billed.items()]
    caption = f"The meter says {found.metered:,}. Avoided, never in one sum with it: {found.avoided:,.0f} (estimated)."
    return Table([Column("billed for"), number("tokens")], rows, ["in all", sum(found.billed.values())], caption)
