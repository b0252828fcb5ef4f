"""Grouping on arrival: each question joins the group that it resembles most, and stays there."""

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from latm.answer import Answer
from latm.answering.index import Index
from latm.answering.snapshot import SAME_KIND, Snapshot
from latm.known import Known
from latm.learning.kinds import Found, name_digest
from latm.question import ANY, Question, Scope
from latm.task import Example, Task

_LONGEST_NAME = 32


@dataclass(slots=True)
class _Scoped:
    index: Index = field(default_factory=Index)
    groups: OrderedDict[str, list[Answer]] = field(default_factory=OrderedDict)


class Arrivals:
    """Groups questions as they come. A question worded like a known task is of its kind.

    It mistakes a preamble that all questions share for their kind. `Kinds` does not, and replaces it everywhere except
    where a recording was made with this class.

    Args:
        enough: how many questions make a kind.
        bound: how many questions of all scopes may wait; the group that has waited longest is dropped first.
    """

    def __init__(self, *, enough: int, bound: int) -> None:
        self._enough = enough
        self._bound = bound
        self._waiting = 0
        self._scopes: dict[str, _Scoped] = {}
        self._ages: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._new: list[Answer] = []

    def add(self, answer: Answer) -> None:
        """Take another question."""
        self._new.append(answer)

    def found(self, snapshot: Snapshot) -> list[Found]:
        """The kinds of the questions that came since the last call, as far as they have one."""
        found: dict[str, Found] = {}
        for answer in self._new:
            kind = snapshot.kind_of(Question(answer.question, answer.scope))
            if kind is not None:
                found.setdefault(kind.name, Found(kind.name, [], is_new=kind.name not in snapshot)).answers.append(
                    answer
                )
            elif new := self._grouped(answer):
                found[new.task] = new
                # The questions right after it may already be of the new kind.
                snapshot = snapshot.after(snapshot.revision, [_known(new)])
        self._new.clear()
        return list(found.values())

    def taken(self, found: Sequence[Found], *, is_all: bool = True) -> None:
        """What was found is on record: its questions wait no longer."""

    def look_again(self, scope: str) -> None:
        """Nothing that waits is sorted twice."""

    def _grouped(self, answer: Answer) -> Found | None:
        """Put a question of no known kind into its group; return the group if that makes it a kind."""
        digest = answer.scope.digest
        scoped = self._scopes.setdefault(digest, _Scoped())
        near = scoped.index.nearest(answer.question, 1)
        name = near[0].task if near and near[0].similarity >= SAME_KIND else new_name(answer.question, answer.scope)
        group = scoped.groups.setdefault(name, [])
        if any(one.question == answer.question for one in group):
            return None
        group.append(answer)
        self._waiting += 1
        self._ages[digest, name] = None
        self._ages.move_to_end((digest, name))
        if len(group) >= self._enough:
            return Found(name, self._remove(digest, name), is_new=True)
        scoped.index = scoped.index.changed(name, [one.question for one in group])
        while self._waiting > self._bound:
            self._remove(*next(iter(self._ages)))
        return None

    def _remove(self, digest: str, name: str) -> list[Answer]:
        scoped = self._scopes[digest]
        group = scoped.groups.pop(name)
        scoped.index = scoped.index.changed(name, [])
        if not scoped.groups:
            del self._scopes[digest]
        del self._ages[digest, name]
        self._waiting -= len(group)
        return group


def _known(found: Found) -> Known:
    examples = tuple(Example(one.question, one.text, "", one.scope) for one in found.answers)
    return Known(Task(found.task, examples, scope=found.answers[0].scope))


def new_name(question: str, scope: Scope = ANY) -> str:
    """A name for a new kind: its first words, and a digest that keeps the name unique."""
    words = "-".join(re.findall(r"[a-z]+", question[:1000].lower()))[:_LONGEST_NAME].rstrip("-") or "task"
    return f"{words}-{name_digest(question, scope)}"
