"""The learner: it turns answers into examples of their kinds, and finds kinds that are ripe for a tool."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from latm.answer import Answer, Route
from latm.answering.snapshot import Snapshot
from latm.auditing import goal_of
from latm.errors import OutdatedError, StoreError
from latm.form import find_form, is_doubtful
from latm.known import ABSENCE
from latm.learning.arrivals import Arrivals
from latm.learning.chores import Chore, sweep
from latm.learning.economy import is_ripe
from latm.learning.inbox import Learnt
from latm.learning.kinds import Found, Kinds
from latm.learning.watcher import Watcher
from latm.observing import log
from latm.question import Question
from latm.settings import Settings
from latm.store import KEPT, Batch, Forgotten, Recorded, ToolCache, before
from latm.task import Example, Record, Task, TaskStatus

_RENEWED = 4
_TRIES = 4
_COLLECTING = {TaskStatus.COLLECTING, TaskStatus.FAILED}


@dataclass(slots=True)
class _Lesson:
    """What some answers add to the record."""

    examples: list[tuple[str, Example]] = field(default_factory=list)
    came: dict[str, Record] = field(default_factory=dict)
    placed: dict[tuple[str, str], str] = field(default_factory=dict)

    def count(self, name: str, answer: Answer) -> None:
        """Count another question of a kind that a model answered."""
        old = self.came.get(name, Record())
        cost = answer.usage.cost
        self.came[name] = replace(
            old,
            came=old.came + 1,
            direct_answers=old.direct_answers + 1,
            direct_tokens=old.direct_tokens + answer.usage.tokens,
            direct_cost=None if cost is None or old.direct_cost is None else old.direct_cost + float(cost),
        )


def _is_doubtful(task: Task) -> bool:
    """Whether a kind seems to ask for opinions, so that more of its answers are needed."""
    answers, questions = zip(*((example.answer, example.question) for example in task.examples), strict=True)
    return find_form(answers).shape.is_free and is_doubtful(answers, questions)


class Learner:
    """Keeps direct answers as examples of their kinds, and finds the kinds that are ripe for a tool.

    It belongs to the writer's thread: it never waits for the event loop, and no other thread calls it.

    Args:
        cache: the tool cache, which keeps everything learnt.
        watcher: gives the current snapshot, and takes over what is learnt here.
        settings: how and when tools are made.
        source: the name of the model whose direct answers become examples; None without one.
        makes: whether there is a tool maker.
        on_recorded: hears what recorded answers mean for versions of tools, if they mean anything.
    """

    def __init__(  # noqa: PLR0913  # what it brings together is its purpose
        self,
        cache: ToolCache,
        watcher: Watcher,
        settings: Settings,
        *,
        source: str | None,
        makes: bool,
        on_recorded: Callable[[Recorded], object] = bool,
    ) -> None:
        self._cache = cache
        self._watcher = watcher
        self._settings = settings
        self._source = source
        self._makes = makes
        self._on_recorded = on_recorded
        self._kinds = self._new_kinds()
        self._chores = (
            Chore(3_600.0, self._forget_the_old, "could not forget what is past its retention"),
            Chore(86_400.0, self._put_to_rest, "could not check which kinds have died out"),
        )
        self._audited = goal_of(settings, "").audit_share
        self._passed = 0
        self._remaining: int | None = None
        self._offered: Counter[str] = Counter()

    def forget(self) -> None:
        """Forget waiting questions, except those that are still on record."""
        self._kinds = self._new_kinds()
        self.recall()
        self._watcher.refresh()

    def tidy(self) -> None:
        """Forget what is past its retention, and put to rest what has died out."""
        for chore in self._chores:
            chore.look()

    def _forget_the_old(self) -> None:
        if sweep(self._cache, self._settings, datetime.now(UTC)) != Forgotten():
            self.forget()

    def _put_to_rest(self) -> None:
        """Put tasks to rest that nobody has asked for in a long time: they are no longer looked up."""
        days = self._settings.dormant_days
        if days is not None and (events := self._cache.rest_tasks(before(datetime.now(UTC) - timedelta(days=days)))):
            self._watcher.refresh()
            self._on_recorded(Recorded(events))

    def _new_kinds(self) -> Arrivals | Kinds:
        grouping = Arrivals if self._settings.grouping == "arrival" else Kinds
        enough = self._settings.examples_shown + self._settings.examples_held_out
        return grouping(enough=enough, bound=self._settings.buffer)

    def recall(self) -> None:
        """Take up again the questions of no known kind that earlier processes recorded."""
        snapshot = self._watcher.snapshot
        for answer in self._cache.unplaced_answers(self._settings.buffer):
            # With grouping on arrival, a question worded like a known task was counted when it came.
            if self._settings.grouping == "look-back" or not snapshot.kind_of(Question(answer.question, answer.scope)):
                self._kinds.add(answer)

    def learn(self, answers: Sequence[Answer], remaining: int | None, *, again: bool = False) -> Learnt:
        """Record answers, and keep the direct ones as examples of their kinds.

        Args:
            answers: the answers in the order of the stream.
            remaining: how many questions are still to come; None if unknown.
            again: whether some of them may be on record already.

        Raises:
            StoreError: nothing was written.
        """
        if self._source is not None:
            for answer in answers:
                if answer.route is Route.DIRECT:
                    self._kinds.add(answer)
        lesson = self._recorded(answers, again=again)
        self._passed += len(answers)
        self._remaining = remaining
        if not lesson.came:
            return Learnt()
        self._watcher.refresh()
        return Learnt(self.ripe(list(lesson.came)), lesson.placed)

    def _recorded(self, answers: Sequence[Answer], *, again: bool) -> _Lesson:
        """Record the answers; sort them again if another process has found kinds meanwhile."""
        for tries_left in reversed(range(_TRIES)):
            snapshot = self._watcher.snapshot
            found = self._kinds.found(snapshot)
            if not tries_left:  # others find kinds all the time: new kinds wait, so that none is found twice
                found = [one for one in found if not one.is_new]
            lesson = self._lesson(snapshot, found)
            seen = snapshot.newest if any(one.is_new for one in found) else None
            shadows = [
                (answer, names)
                for answer in answers
                if answer.route is Route.DIRECT
                and (names := snapshot.shadowed(Question(answer.question, answer.scope), self._settings.shortlist))
            ]
            try:
                batch = Batch(answers, lesson.examples, lesson.came, lesson.placed, seen, shadows, again, self._audited)
                recorded = self._cache.record(batch)
            except OutdatedError:
                self._watcher.refresh()
                continue
            self._kinds.taken(found, is_all=bool(tries_left))
            if recorded.events or any(answer.guard == ABSENCE for answer in answers):
                self._watcher.refresh()
            if recorded.events or recorded.due:
                self._on_recorded(recorded)
            return lesson
        raise AssertionError("the last try decides by nothing that may be outdated")

    def _lesson(self, snapshot: Snapshot, found: Iterable[Found]) -> _Lesson:
        learnt = _Lesson()
        for one in found:
            task = snapshot.task(one.task)
            for answer in one.answers:
                self._add(learnt, one.task, answer, keep=task is None or self._wants(task))
        return learnt

    def _wants(self, task: Task) -> bool:
        """Whether a kind takes another example: every one until its sample is full, then one in several.

        A sample that renews itself recovers from a time of bad answers. Constant renewal would teach nothing.
        """
        self._offered[task.name] += 1
        is_full = len(task.examples) >= KEPT and self._offered[task.name] % _RENEWED != 0
        return task.status in _COLLECTING and not is_full

    def _add(self, learnt: _Lesson, name: str, answer: Answer, *, keep: bool) -> None:
        learnt.count(name, answer)
        learnt.placed[answer.scope.digest, answer.question] = name
        if keep and self._source is not None:
            example = Example(answer.question, answer.text, self._source, answer.scope)
            learnt.examples.append((name, example))

    def divided(self, names: Sequence[str]) -> list[str]:
        """Which tasks are ripe for a tool now that another has become these.

        Many questions that wait were taken for its own, and are examples of the new tasks already. They are sorted at
        once: else each of the new tasks has many examples, and seems to come seldom. The division is on record by now:
        if the store is away, it must not seem to have failed, so none of them is said to be ripe yet.
        """
        snapshot = self._watcher.snapshot
        for scope in {task.scope.digest for name in names if (task := snapshot.task(name))}:
            self._kinds.look_again(scope)
        try:
            lesson = self._recorded((), again=False)
            self._watcher.refresh()
            return self.ripe(list(dict.fromkeys([*names, *lesson.came])))
        except StoreError as error:
            log.warning("what waits is sorted with the next questions: %s", error)
            return []

    def ripe(self, names: Sequence[str]) -> list[str]:
        """Which of these tasks, as they are known now, are ripe for a tool."""
        if not self._makes:
            return []
        snapshot = self._watcher.snapshot
        tasks = [task for name in names if (task := snapshot.task(name))]
        wanted = self._settings.examples_shown + self._settings.examples_held_out
        collecting = [task for task in tasks if task.status in _COLLECTING and len(task.examples) >= wanted]
        collecting = [task for task in collecting if not _is_doubtful(task)]
        if not collecting:
            return []
        spent = self._cache.suspensions([task.name for task in collecting])
        collecting = [task for task in collecting if spent.get(task.name, 0) <= self._settings.repairs]
        records = self._cache.records([task.name for task in collecting])
        making, now = self._cache.typical_making_usage(), self._cache.clock()
        return [
            task.name
            for task in collecting
            if is_ripe(
                task,
                records[task.name],
                self._settings,
                passed=self._passed,
                remaining=self._remaining,
                making=making,
                now=now,
            )
        ]
