"""Kinds of a stream: questions that no tool answered wait, and are sorted by looking back over all of them."""

import json
import re
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from latm.answer import Answer
from latm.answering.index import Index
from latm.answering.snapshot import SAME_KIND, Snapshot
from latm.kinds import Group, by_form, grouping, split
from latm.learning.naming import name_digest
from latm.question import Question, Scope

_LONGEST_NAME = 40
_ANCHORS = 3
_TASKS = 100
_LOOKED_AT = 12
_GROWTH = 4
_NUMBER = re.compile(r"[-+]?[\d.,\s]*\d")
_OPTION = re.compile(r"\(?[A-Za-z]\)")


@dataclass(frozen=True, slots=True)
class Found:
    """Questions of one kind.

    Attributes:
        task: its name.
        answers: to the questions, in the order in which they came.
        is_new: whether the task is not known yet.
    """

    task: str
    answers: list[Answer]
    is_new: bool


@dataclass(slots=True)
class _Waiting:
    """The questions of one scope that wait.

    Attributes:
        answers: by question, the oldest first.
        fresh: how many came since they were last sorted.
    """

    answers: OrderedDict[str, Answer] = field(default_factory=OrderedDict)
    fresh: int = 0


class Kinds:
    """Finds the kinds among questions that no tool answered.

    Nothing is decided when a question arrives. As the buffer of a scope fills, all of it is grouped anew, together with
    a few examples of the tasks that are known there: what falls in with one of those is of its kind, what forms a group
    of its own is a new kind, and what never recurs gives way in time.

    Args:
        enough: questions that make a kind.
        bound: questions that wait in one scope at most.

    Attributes:
        gave_way: questions that were forgotten so far.
    """

    def __init__(self, *, enough: int, bound: int) -> None:
        self._enough = enough
        self._bound = max(bound, enough)
        self._scopes: dict[str, _Waiting] = {}
        self.gave_way = 0

    def add(self, answer: Answer) -> None:
        """Take one more question; one that waits already weighs once."""
        waiting = self._scopes.setdefault(answer.scope.digest, _Waiting())
        waiting.answers.pop(answer.question, None)
        waiting.answers[answer.question] = answer
        waiting.fresh += 1
        while len(waiting.answers) > self._bound:
            waiting.answers.popitem(last=False)
            self.gave_way += 1

    def found(self, snapshot: Snapshot) -> list[Found]:
        """The kinds that show by now, in every scope that has grown enough since it was last looked at."""
        found: list[Found] = []
        for scope, waiting in list(self._scopes.items()):
            count = len(waiting.answers)
            if count >= self._enough and waiting.fresh >= max(self._enough // 2, count // _GROWTH):
                found += self._sort(snapshot, waiting)
                waiting.fresh = 0
            if not waiting.answers:
                del self._scopes[scope]
        return found

    def _sort(self, snapshot: Snapshot, waiting: _Waiting) -> list[Found]:
        anchors = _anchors(snapshot, list(waiting.answers.values()))
        questions = [*waiting.answers, *anchors]
        of = dict(enumerate(anchors.values(), start=len(waiting.answers)))
        sorting = _Sorting(questions, list(waiting.answers.values()), of, self._enough)
        found = [one for group in grouping(questions).groups for one in sorting.kinds(group)]
        for one in found:
            for answer in one.answers:
                del waiting.answers[answer.question]
        return found


@dataclass(frozen=True, slots=True)
class _Sorting:
    """One look over a buffer.

    Attributes:
        questions: those that wait, then the anchors.
        answers: to those that wait.
        tasks: of the anchors, by index.
        enough: questions that make a kind.
    """

    questions: Sequence[str]
    answers: Sequence[Answer]
    tasks: Mapping[int, str]
    enough: int

    def kinds(self, group: Group) -> Iterator[Found]:
        """The kinds within a group, as finely as text and unlike answers tell them apart.

        One kind in two tasks costs a second making, or is joined by reuse; two kinds in one task block each other.
        """
        own = [index for index in group.members if index < len(self.answers)]
        if not own:
            return
        parts = group.parts or self._by_form(group)
        if parts:
            for part in parts:
                yield from self.kinds(part)
            return
        known = Counter(self.tasks[index] for index in group.members if index in self.tasks)
        if known:
            yield Found(known.most_common(1)[0][0], [self.answers[index] for index in own], is_new=False)
        elif len(own) >= self.enough and _hangs_together([self.questions[index] for index in own]):
            first = self.answers[own[0]]
            name = _named(group.name, first.question, first.scope)
            yield Found(name, [self.answers[index] for index in own], is_new=True)

    def _by_form(self, group: Group) -> list[Group]:
        """The parts into which unlike answers divide a group; none where they do not."""
        forms = {index: _form(self.answers[index].text) for index in group.members if index < len(self.answers)}
        labels = by_form(self.questions, group, forms)
        parts = split(self.questions, group, labels) if labels else []
        return parts if len(parts) > 1 else []


def _hangs_together(questions: Sequence[str]) -> bool:
    """Whether each half of a group is worded like the other: few questions of many kinds can look like a group."""
    halves = {name: questions[place::2][:_LOOKED_AT] for place, name in enumerate("ab")}
    index = Index().with_many(halves)
    return all(
        any(match.task != own and match.similarity >= SAME_KIND for match in index.nearest(question, 2))
        for own, half in halves.items()
        for question in half
    )


def _anchors(snapshot: Snapshot, answers: Sequence[Answer]) -> dict[str, str]:
    """A few examples of the known tasks that these questions resemble, each with its task's name."""
    waiting = {answer.question for answer in answers}
    near: dict[str, None] = {}
    for answer in answers:
        for name in snapshot.alike(Question(answer.question, answer.scope), _ANCHORS):
            near[name] = None
        if len(near) >= _TASKS:
            break
    anchors: dict[str, str] = {}
    for name in sorted(near):
        task = snapshot.task(name)
        for example in task.examples[-_ANCHORS:] if task else ():
            if example.question not in waiting:
                anchors.setdefault(example.question, name)
    return anchors


def _form(text: str) -> str:
    """What an answer looks like, coarsely."""
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return "number"
    if _OPTION.match(text):
        return "option"
    if text[:1] in {"{", "["}:
        try:
            return type(json.loads(text)).__name__
        except (ValueError, RecursionError):
            return "text"
    return "text"


def _named(name: str, question: str, scope: Scope) -> str:
    """A name for a new kind: its template's, and a digest that keeps it unique among the kinds of all scopes."""
    words = "-".join(re.findall(r"\w+", name.lower()))[:_LONGEST_NAME].rstrip("-") or "task"
    return f"{words}-{name_digest(question, scope)}"
