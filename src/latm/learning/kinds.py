"""Kinds: questions that no task explains, until enough of them are alike."""

import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass, field

from latm.answer import Answer
from latm.answering.index import Index
from latm.answering.snapshot import SAME_KIND

_LONGEST_NAME = 32


@dataclass(frozen=True, slots=True)
class Found:
    """Questions that are alike, enough of them for a task.

    Attributes:
        name: for the task.
        answers: to the questions, in the order in which they came.
    """

    name: str
    answers: list[Answer]


@dataclass(slots=True)
class _Scoped:
    index: Index = field(default_factory=Index)
    groups: OrderedDict[str, list[Answer]] = field(default_factory=OrderedDict)


class Kinds:
    """Groups questions as they come, and keeps so many at most: the group that waited longest gives way.

    Args:
        enough: questions that make a kind.
        bound: questions that may wait, of all scopes.

    Attributes:
        gave_way: questions that were forgotten so far.
    """

    def __init__(self, *, enough: int, bound: int = 1000) -> None:
        self._enough = enough
        self._bound = bound
        self._waiting = 0
        self._scopes: dict[str, _Scoped] = {}
        self._ages: OrderedDict[tuple[str, str], None] = OrderedDict()
        self.gave_way = 0

    def add(self, answer: Answer) -> Found | None:
        """Take one more question; the kind, where it makes one whole."""
        digest = answer.scope.digest
        scoped = self._scopes.setdefault(digest, _Scoped())
        near = scoped.index.nearest(answer.question, 1)
        name = near[0].task if near and near[0].similarity >= SAME_KIND else new_name(answer.question)
        group = scoped.groups.setdefault(name, [])
        if any(one.question == answer.question for one in group):
            return None
        group.append(answer)
        self._waiting += 1
        self._ages[digest, name] = None
        self._ages.move_to_end((digest, name))
        if len(group) >= self._enough:
            return Found(name, self._remove(digest, name))
        scoped.index = scoped.index.changed(name, [one.question for one in group])
        while self._waiting > self._bound:
            self.gave_way += len(self._remove(*next(iter(self._ages))))
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


def new_name(question: str) -> str:
    """A name for a kind that was seen for the first time: its first words, and a digest that keeps it unique."""
    words = "-".join(re.findall(r"[a-z]+", question[:1000].lower()))[:_LONGEST_NAME].rstrip("-") or "task"
    return f"{words}-{hashlib.sha256(question.encode(errors='surrogatepass')).hexdigest()[:6]}"
