"""What is known at one moment: the tasks, the tools that serve them, and which of them a question resembles."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rpds import HashTrieMap

from latm.answering.index import Index
from latm.answering.lookups import Match
from latm.garbage import collection_paused
from latm.known import Known
from latm.question import Question, Scope
from latm.task import Task
from latm.tool import ToolVersion

SAME_KIND = 0.35
"""From this similarity on, a question is taken to be of a task's kind. Measured on 18 task types of BIG-Bench Hard (270
shuffled questions, three seeds): at 0.3 two types merge, at 0.35 none, at 0.4 more types fall apart."""

_NEAR = 0.3
"""From this share of the best similarity on, a task is tried. Measured on 34 task types from six examples each: the
right task is above it for every test question, with 1.9 candidates a question instead of 5."""

_CLOSE = 0.9
"""From this share of the best similarity on, a task's tool is tried at once. Siblings, whose wordings differ in a word
or two, are above it. The other tools are tried only if none of these accepts, which is rare."""

_SIBLING = 0.5
"""From this share of the best similarity on, a question may belong to a task, whichever tool answers it."""

_USUAL_LENGTH = 10
_SETTLED = 8
_MANY = 1_000
_FEW_OF_MANY = 4
"""If many tasks come at once, as when a store is opened, this many questions of each describe it."""
_KEPT = 1_000
"""The most resemblances to remember."""
_MORE = 4
"""How many matches to read for each candidate wanted: some of the tasks that match have no tool."""


@dataclass(frozen=True, slots=True)
class Resemblance:
    """What a question resembles, computed once for all that dispatching asks.

    Attributes:
        candidates: the served tasks it resembles most, best first; none for a text of unusual length.
        close: how many of them resemble it about as much as the first; their tools are tried first.
        siblings: how many of them it may belong to, whichever tool answers it.
        task: the one of those that it belongs to by its wording if one of their tools answers it.
        kind: the task that it is taken to be a kind of by its wording alone; enough to group, not to answer.
        longest: the most characters that a question may have for all of this to hold.
    """

    candidates: Sequence[Known] = ()
    close: int = 0
    siblings: int = 0
    task: Task | None = None
    kind: Task | None = None
    longest: float = math.inf


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that a dispatch looks up. It never changes.

    Attributes:
        revision: the revision of the store that it shows.
        newest: the id of the task that was found last, even if it is gone by now; 0 without one.
    """

    revision: int = 0
    newest: int = 0
    _known: "HashTrieMap[str, Known]" = field(default_factory=HashTrieMap)
    _indexes: "HashTrieMap[str, Index]" = field(default_factory=HashTrieMap)
    _indexed: "HashTrieMap[str, tuple[str, ...]]" = field(default_factory=HashTrieMap)
    _shadows: frozenset[str] = frozenset()
    _lately: dict[int, tuple[Sequence[Match], Resemblance]] = field(default_factory=dict, compare=False, repr=False)
    """Recent resemblances by the identity of their matches: the index returns the same object for similar questions."""

    def after(self, revision: int, known: Iterable[Known], removed: Iterable[str] = (), newest: int = 0) -> "Snapshot":
        """The next snapshot, with these tasks as given, the removed ones gone and all others as they were."""
        tasks, indexes, indexed = self._known, self._indexes, self._indexed
        fresh: dict[str, dict[str, tuple[str, ...]]] = {}
        known, removed = list(known), list(removed)
        depth = _FEW_OF_MANY if len(known) > _MANY else None
        for name in removed:
            if (old := tasks.get(name)) is not None:
                tasks, indexed = tasks.remove(name), indexed.discard(name)
                fresh.setdefault(old.task.scope.digest, {})[name] = ()
        for one in known:
            name, scope = one.task.name, one.task.scope
            old = tasks.get(name)
            if old is not None and old.task.scope != scope:
                fresh.setdefault(old.task.scope.digest, {})[name] = ()
                indexed = indexed.discard(name)
            tasks = tasks.insert(name, one)
            questions = tuple(example.question for example in one.task.examples)
            questions += (one.task.wording,) if one.task.wording else ()
            if _is_news(indexed.get(name), questions):
                fresh.setdefault(scope.digest, {})[name] = questions[:depth]
                indexed = indexed.insert(name, questions)
        with collection_paused():
            for scope_digest, named in fresh.items():
                index = indexes.get(scope_digest)
                indexes = indexes.insert(scope_digest, (index or Index()).with_many(named))
        shadows = self._shadows.difference(removed, (one.task.name for one in known))
        shadows |= {one.task.name for one in known if one.shadow is not None}
        return Snapshot(revision, max(newest, self.newest), tasks, indexes, indexed, shadows)

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def tasks_of(self, scope: Scope) -> list[str]:
        """The names of the tasks of a scope."""
        return sorted(name for name, known in self._known.items() if known.task.scope.digest == scope.digest)

    def shadowed(self, question: Question, count: int) -> list[str]:
        """The tasks in shadow (the newest version is only compared) that a question resembles, best first, by name."""
        index = self._indexes.get(question.scope.digest)
        if index is None or not self._shadows:
            return []
        matches = index.nearest(question.text, _MORE * count)
        return [match.task for match in matches if match.task in self._shadows][:count]

    @property
    def compares(self) -> bool:
        """Whether a task has a version that is only compared."""
        return bool(self._shadows)

    @property
    def known(self) -> list[Known]:
        """Every task, by name."""
        return sorted(self._known.values(), key=lambda one: one.task.name)

    def task(self, name: str) -> Task | None:
        """The task of that name; None without one."""
        known = self._known.get(name)
        return known.task if known else None

    def tool(self, name: str) -> ToolVersion | None:
        """The version that serves a task; None without one."""
        known = self._known.get(name)
        return known.tool if known else None

    def shadow(self, name: str) -> ToolVersion | None:
        """The version of a task that is only compared; None without one."""
        known = self._known.get(name)
        return known.shadow if known else None

    def resemblance(self, question: Question, count: int) -> Resemblance:
        """What the question resembles.

        Args:
            question: the question with its scope; no other scope is searched.
            count: the most candidates.
        """
        index = self._indexes.get(question.scope.digest)
        if index is None:
            return Resemblance()
        matches = index.nearest(question.text, _MORE * count)
        _, like = self._lately.get(id(matches)) or (None, None)
        if like is None or len(question.text) > like.longest:
            return self._resemblance(question, matches, count)
        return like

    def _resemblance(self, question: Question, matches: Sequence[Match], count: int) -> Resemblance:
        """What a question with these matches resembles."""
        length = len(question.text)
        served = [(match, known) for match in matches if (known := self._known[match.task]).tool is not None][:count]
        enough = _NEAR * served[0][0].similarity if served else 0.0
        near = [(match, known) for match, known in served if match.similarity >= enough]
        longest = _USUAL_LENGTH * min((match.longest for match, _ in near), default=0)
        if length > longest:
            near = [(match, known) for match, known in near if length <= _USUAL_LENGTH * match.longest]
        best = near[0][0].similarity if near else 0.0
        close, siblings = (sum(match.similarity >= share * best for match, _ in near) for share in (_CLOSE, _SIBLING))
        candidates = [known for _, known in near]
        task = self.most_alike(question, [known.task for known in candidates[:siblings]]) if candidates else None
        like = Resemblance(candidates, close, siblings, task, self._kind(matches), longest)
        if length <= longest:
            if len(self._lately) > _KEPT:
                self._lately.clear()
            self._lately[id(matches)] = matches, like
        return like

    def _kind(self, matches: Sequence[Match]) -> Task | None:
        return self._known[matches[0].task].task if matches and matches[0].similarity >= SAME_KIND else None

    def holds(self, text: str, tasks: Iterable[Task]) -> bool:
        """Whether a text has the wording of one of these known tasks."""
        return any(self._indexes[one.scope.digest].similarity(text, one.name) >= SAME_KIND for one in tasks)

    def kind_of(self, question: Question) -> Task | None:
        """The task that the question is taken to be a kind of, by its wording alone."""
        index = self._indexes.get(question.scope.digest)
        return self._kind(index.nearest(question.text, 1)) if index else None

    def alike(self, question: Question, count: int) -> list[str]:
        """The names of the tasks of its scope that a question resembles most, best first."""
        index = self._indexes.get(question.scope.digest)
        return [match.task for match in index.nearest(question.text, count)] if index else []

    def most_alike(self, question: Question, tasks: Sequence[Task]) -> Task:
        """Which of these tasks the question belongs to by its wording, if it is known to belong to one of them."""
        if len(tasks) == 1:
            return tasks[0]
        name = self._indexes[question.scope.digest].most_alike(question.text, [task.name for task in tasks])
        return next(task for task in tasks if task.name == name)

    def neighbours(self, task: Task, count: int) -> list[Known]:
        """The other tasks of the scope that a task's examples resemble most, best first."""
        index = self._indexes.get(task.scope.digest)
        if index is None:
            return []
        found: dict[str, float] = {}
        for example in task.examples[:3]:
            for match in index.nearest(example.question, count + 1):
                found[match.task] = max(found.get(match.task, 0.0), match.similarity)
        found.pop(task.name, None)
        nearest = sorted(found, key=lambda name: (-found[name], name))
        return [self._known[name] for name in nearest[:count]]

    def neighbours_elsewhere(self, task: Task, count: int) -> list[Known]:
        """Served tasks of other scopes that a task resembles most, best first, one for each program.

        This searches every scope. Makings ask for it, questions do not.
        """
        found: dict[str, tuple[float, Known]] = {}
        for digest, index in self._indexes.items():
            if digest == task.scope.digest or not task.examples:
                continue
            for match in index.nearest(task.examples[0].question, count):
                known = self._known[match.task]
                if known.tool is not None and match.similarity > found.get(known.tool.id, (0.0, known))[0]:
                    found[known.tool.id] = match.similarity, known
        best = sorted(found.values(), key=lambda one: (-one[0], one[1].task.name))
        return [known for _, known in best[:count]]


def _is_news(indexed: tuple[str, ...] | None, questions: tuple[str, ...]) -> bool:
    """Whether a task's questions say something new about its wording: half of a large sample must have changed.

    If nothing of the sample is left, it was forgotten, and must not be kept here either.
    """
    if indexed is None or len(indexed) < _SETTLED:
        return indexed != questions
    return len({*indexed} ^ {*questions}) > len(indexed) or not {*indexed} & {*questions}
