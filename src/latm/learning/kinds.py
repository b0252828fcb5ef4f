"""Kinds of a stream: questions that no tool answered wait, and all of them are sorted together."""

import functools
import hashlib
import json
import math
import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from latm.answer import Answer
from latm.answering.index import Index
from latm.answering.snapshot import SAME_KIND, Snapshot
from latm.kinds import Group, Template, Wording, boilerplate, by_form, grouping, split, whole, wording
from latm.question import Question, Scope
from latm.task import Task, TaskStatus

_LONGEST_NAME = 40
_DIGITS = 6
_DIGITS_OF_MANY = 12
"""Equal kinds of thousands of scopes have equal words in their names. Only these digits tell them apart."""
_TELLING = 3
"""If a kind's questions share fewer words than this, it is named after its instructions."""
_INSTRUCTIONS = 200
_ANCHORS = 3
_TASKS = 100
_LOOKED_AT = 12
_GROWTH = 4
_LARGE, _SENTENCE = 2, 5.0
_PATIENCE = 8
_LONGEST = 200_000
_CHARACTERS = 32_000_000
"""The most characters of all waiting questions and answers; the scope that was idle for longest is dropped first."""
_NUMBER = re.compile(r"[-+]?[\d.,\s]*\d")
_OPTION = re.compile(r"\(?[A-Za-z]\)")


@dataclass(frozen=True, slots=True)
class Found:
    """Questions of one kind.

    Attributes:
        task: its name.
        answers: the answers to the questions, in the order in which they came.
        is_new: whether the task is not known yet.
    """

    task: str
    answers: list[Answer]
    is_new: bool


@dataclass(slots=True)
class _Waiting:
    """The waiting questions of one scope.

    Attributes:
        answers: the answers by question, the oldest first.
        fresh: how many came since the last sorting.
    """

    answers: OrderedDict[str, Answer] = field(default_factory=OrderedDict)
    fresh: int = 0


class Kinds:
    """Finds the kinds of questions that no tool answered.

    Nothing is decided when a question arrives. As the buffer of a scope fills, all of it is grouped again, with a few
    examples of the tasks that are known there. What is grouped with one of those is of its kind, what forms a group of
    its own is a new kind, and what never recurs is dropped in time.

    Args:
        enough: how many questions make a kind.
        bound: how many questions may wait in one scope.
    """

    def __init__(self, *, enough: int, bound: int) -> None:
        self._enough = enough
        self._bound = max(bound, enough)
        self._scopes: OrderedDict[str, _Waiting] = OrderedDict()
        self._held = 0

    def add(self, answer: Answer) -> None:
        """Take another question. A copy of a waiting one counts once; one that is too long for a tool is not kept."""
        if len(answer.question) > _LONGEST:
            return
        scope = answer.scope.digest
        self._drop(scope, answer.question)
        waiting = self._scopes.setdefault(scope, _Waiting())
        self._scopes.move_to_end(scope)
        waiting.answers[answer.question] = answer
        waiting.fresh += 1
        self._held += _size(answer)
        while len(waiting.answers) > self._bound:
            self._give_way(scope)
        while self._held > _CHARACTERS:
            self._give_way(next(iter(self._scopes)))

    def _give_way(self, scope: str) -> None:
        self._drop(scope, next(iter(self._scopes[scope].answers)))

    def _drop(self, scope: str, question: str) -> None:
        """Drop a question if it waits, and its scope with the last one."""
        waiting = self._scopes.get(scope)
        if waiting is None or question not in waiting.answers:
            return
        self._held -= _size(waiting.answers.pop(question))
        if not waiting.answers:
            del self._scopes[scope]

    def found(self, snapshot: Snapshot) -> list[Found]:
        """The kinds that show by now in the scopes that have grown enough since they were last sorted.

        Their questions wait until they are `taken`.
        """
        found: list[Found] = []
        for waiting in self._scopes.values():
            if self._has_grown(waiting):
                found += self._sort(snapshot, list(waiting.answers.values()))
        return found

    def taken(self, found: Sequence[Found], *, is_all: bool = True) -> None:
        """What was found is on record: its questions wait no longer.

        Args:
            found: the kinds on record.
            is_all: whether these are all kinds found; if so, no scope is sorted again before it has grown.
        """
        for waiting in self._scopes.values():
            if is_all and self._has_grown(waiting):
                waiting.fresh = 0
        for one in found:
            for answer in one.answers:
                self._drop(answer.scope.digest, answer.question)

    def look_again(self, scope: str) -> None:
        """Sort what waits in a scope when next asked, grown or not: its tasks are other ones now.

        Args:
            scope: its digest.
        """
        if waiting := self._scopes.get(scope):
            waiting.fresh = len(waiting.answers)

    def _has_grown(self, waiting: _Waiting) -> bool:
        count = len(waiting.answers)
        return count >= self._enough and waiting.fresh >= max(self._enough // 2, count // _GROWTH)

    def _sort(self, snapshot: Snapshot, answers: Sequence[Answer]) -> list[Found]:
        anchors = _anchors(snapshot, answers)
        own = [answer.question for answer in answers]
        questions = [*own, *(question for question in anchors if question not in set(own))]
        of = {index: anchors[question] for index, question in enumerate(questions) if question in anchors}
        served = frozenset(name for name in of.values() if snapshot.tool(name) is not None)
        sorting = _Sorting(questions, answers, of, served, self._enough, _wordings(snapshot, questions))
        scope = answers[0].scope
        tasks = snapshot.tasks_of(scope) if scope.instructions else None
        if tasks == []:
            return list(sorting.kinds(whole(questions)))
        if tasks and len(tasks) == 1 and _is_undecided(snapshot.task(tasks[0])):
            return [Found(tasks[0], list(answers), is_new=False)]
        sorted_ = grouping(questions)
        found = [one for group in sorted_.groups for one in sorting.kinds(group)]
        if sorting.strangers:
            found += self._sort_again(answers, found)
        rest = [answers[index] for index in sorted_.loose if index < len(answers)]
        # Bare data may share no words. It is then of the one kind that its instructions ask for.
        return [*found, Found(tasks[0], rest, is_new=False)] if tasks and len(tasks) == 1 and rest else found

    def _sort_again(self, answers: Sequence[Answer], found: Sequence[Found]) -> list[Found]:
        """The new kinds among the questions left after some were grouped with a known kind that they are not of."""
        taken = {answer.question for one in found for answer in one.answers}
        left = [answer for answer in answers if answer.question not in taken]
        questions = [answer.question for answer in left]
        sorting = _Sorting(questions, left, {}, frozenset(), self._enough, _wordings(Snapshot(), questions))
        return [one for group in grouping(questions).groups for one in sorting.kinds(group)]


def _is_undecided(task: Task | None) -> bool:
    """Whether a task holds all questions of the same instructions and its maker has yet to say how many kinds it is.

    Questions that come meanwhile belong to it. A new kind would be made twice: here and by the maker's word.
    """
    if task is None or task.status is not TaskStatus.COLLECTING:
        return False
    sorted_ = grouping([example.question for example in task.examples])
    return len(sorted_.groups) + len(sorted_.loose) > 1


def _size(answer: Answer) -> int:
    return len(answer.question) + len(answer.text)


@dataclass(frozen=True, slots=True)
class _Sorting:
    """One sorting of a buffer.

    Attributes:
        questions: the waiting questions, then the anchors.
        answers: the answers to the waiting questions.
        tasks: the tasks of the anchors, by index.
        served: the tasks that are served, but whose tools did not answer these questions.
        enough: how many questions make a kind.
        wording: the wording of each task.
        strangers: the questions so far that were grouped with a task that they are not of.
    """

    questions: Sequence[str]
    answers: Sequence[Answer]
    tasks: Mapping[int, str]
    served: frozenset[str]
    enough: int
    wording: Callable[[str], Wording]
    strangers: list[Answer] = field(default_factory=list)

    def kinds(self, group: Group) -> Iterator[Found]:
        """The kinds within a group: its parts, if different answers, known tasks or much text tell them apart.

        What may be one kind with variants is left whole: its maker may find several kinds in it.
        """
        own = [self.answers[index] for index in group.members if index < len(self.answers)]
        if not own:
            return
        known = Counter(self.tasks[index] for index in group.members if index in self.tasks)
        divided = self._by_form(group)
        is_one = not known and len(own) >= self.enough and _is_one(group, [one.question for one in own], self.enough)
        if divided or (group.parts and not is_one):
            for part in divided or group.parts:
                yield from self.kinds(part)
        elif known:
            yield from self._of_known(group, known, own)
        elif is_one:
            yield Found(named(group.template, own[0].question, own[0].scope), own, is_new=True)

    def _of_known(self, group: Group, known: Counter[str], own: Sequence[Answer]) -> Iterator[Found]:
        """The questions grouped with a known task that are of its kind; tasks that still collect go first."""
        collecting = Counter({name: count for name, count in known.items() if name not in self.served})
        [(task, count)] = (collecting or known).most_common(1)
        fitting: list[Answer] = []
        for answer in own:
            (fitting if self._fits(task, count, answer) else self.strangers).append(answer)
        if not fitting:
            return
        if collecting:
            yield Found(task, fitting, is_new=False)
        else:
            yield from self._of_served(group, task, fitting)

    def _fits(self, task: str, count: int, answer: Answer) -> bool:
        """Whether a question has the wording of a task, `count` of whose examples it was grouped with.

        The text of documents may group questions that share nothing else. A task without a wording is where most of its
        examples are.
        """
        if answer.abstained and answer.task == task:
            return True
        wording = self.wording(task)
        return wording.fits(answer.question) if wording.tells else 2 * count >= Counter(self.tasks.values())[task]

    def _of_served(self, group: Group, task: str, own: Sequence[Answer]) -> Iterator[Found]:
        """What a tool abstains from becomes a new kind if it comes often enough; what came before the tool does not."""
        late = [answer for answer in own if answer.abstained and answer.task == task]
        early = [answer for answer in own if not (answer.abstained and answer.task == task)]
        if early:
            yield Found(task, early, is_new=False)
        if len(late) >= self.enough:
            yield Found(named(group.template, late[0].question, late[0].scope), late, is_new=True)

    def _by_form(self, group: Group) -> list[Group]:
        """The parts into which different answers divide a group; none if they do not divide it."""
        forms = {index: _form(self.answers[index].text) for index in group.members if index < len(self.answers)}
        labels = by_form(self.questions, group, forms)
        parts = split(self.questions, group, labels) if labels else []
        return parts if len(parts) > 1 else []


def _is_one(group: Group, questions: Sequence[str], enough: int) -> bool:
    """Whether a group as a whole is worth a making.

    It is if its questions have their own instructions, if they may be one kind with variants, or if the group is large
    and no part of it becomes a kind.
    """
    if group.own == math.inf:
        return True
    # With documents, even questions of one kind differ in most of their wording. But chance makes neither a
    # large group nor a shared sentence.
    is_sound = len(questions) >= _LARGE * enough or group.template.words >= _SENTENCE or _hangs_together(questions)
    is_stuck = len(questions) >= _PATIENCE * enough and all(len(leaf.members) < enough for leaf in group.finest())
    return is_stuck or (group.may_be_one and is_sound)


def _hangs_together(questions: Sequence[str]) -> bool:
    """Whether the halves of a group are worded alike: a few questions of many kinds can look like a group."""
    halves = {name: questions[place::2][:_LOOKED_AT] for place, name in enumerate("ab")}
    index = Index().with_many(halves)
    return all(
        any(match.task != own and match.similarity >= SAME_KIND for match in index.nearest(question, 2))
        for own, half in halves.items()
        for question in half
    )


def _wordings(snapshot: Snapshot, questions: Sequence[str]) -> Callable[[str], Wording]:
    """The wording of each task among questions of all kinds, computed when it is first needed."""
    around = boilerplate(questions)

    @functools.cache
    def of(name: str) -> Wording:
        task = snapshot.task(name)
        return wording([example.question for example in task.examples] if task else [], around)

    return of


def _anchors(snapshot: Snapshot, answers: Sequence[Answer]) -> dict[str, str]:
    """A few examples of the known tasks that these questions resemble, each with its task's name.

    Waiting questions may already be examples, for instance if a task was divided meanwhile; all of those are included.
    """
    waiting = {answer.question for answer in answers}
    near: dict[str, None] = {}
    for answer in answers:
        # The task most like a question is always among them: otherwise it would be found again.
        count = _ANCHORS if len(near) < _TASKS else 1
        near |= dict.fromkeys(snapshot.alike(Question(answer.question, answer.scope), count))
    anchors: dict[str, str] = {}
    for name in sorted(near):
        task = snapshot.task(name)
        examples = [example.question for example in task.examples] if task else []
        for question in [*(one for one in examples if one in waiting), *examples[-_ANCHORS:]]:
            anchors.setdefault(question, name)
    return anchors


def _form(text: str) -> str:
    """The rough shape of an answer."""
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


def named(template: Template, question: str, scope: Scope) -> str:
    """A name for a new kind: from what its questions share, or from its instructions if that says too little.

    A digest at its end keeps it unique among the kinds of all scopes.
    """
    words = re.findall(r"\w+", template.name.lower())
    if len(words) < _TELLING and scope.instructions:
        words = re.findall(r"\w+", scope.instructions[:_INSTRUCTIONS].lower())
    return f"{'-'.join(words)[:_LONGEST_NAME].rstrip('-') or 'task'}-{name_digest(question, scope)}"


def name_digest(question: str, scope: Scope) -> str:
    """The end of a kind's name: a digest of its first question, and of its scope if that is not the default."""
    text = (scope.digest + question).encode(errors="surrogatepass")
    return hashlib.sha256(text).hexdigest()[: _DIGITS_OF_MANY if scope.digest else _DIGITS]
