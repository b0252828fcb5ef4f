"""A bounded buffer of questions that no tool answered, regrouped as a whole; its groups keep their identities."""

from collections import Counter, OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from latm.kinds.grouping import Group, Grouping, grouping


@dataclass(frozen=True, slots=True)
class Kind:
    """A group with an identity that lasts.

    Attributes:
        id: the same as long as most of its questions stay together.
        group: the group; its indices refer to `Regrouped.questions`.
        members: the ids of its questions.
        parts: the narrower groups, with identities of their own.
    """

    id: int
    group: Group
    members: tuple[Hashable, ...]
    parts: tuple["Kind", ...] = ()


@dataclass(frozen=True, slots=True)
class Regrouped:
    """What a buffer's questions were grouped into.

    Attributes:
        ids: of the questions, the oldest first.
        questions: their texts.
        kinds: the widest groups.
        loose: the ids of the questions of no group.
    """

    ids: tuple[Hashable, ...]
    questions: tuple[str, ...]
    kinds: tuple[Kind, ...]
    loose: tuple[Hashable, ...]


@dataclass(slots=True)
class Buffer:
    """The questions of one scope that wait to be learnt from.

    It is not safe across threads: `snapshot` on the loop, `group` wherever there is time, `settle` on the loop.

    Attributes:
        most: how many questions it keeps; the oldest give way.
        characters: how many characters it keeps; the oldest give way.
        dropped: how many gave way.
    """

    most: int = 2_000
    characters: int = 8_000_000
    dropped: int = 0
    _questions: OrderedDict[Hashable, str] = field(default_factory=OrderedDict)
    _held: int = 0
    _of: dict[Hashable, tuple[int, ...]] = field(default_factory=dict)
    _next: int = 1

    def __len__(self) -> int:
        return len(self._questions)

    def add(self, id: Hashable, question: str) -> None:  # noqa: A002  # it is the question's id
        """Keep a question; one with the same id is replaced, and counts as new."""
        self.discard(id)
        self._questions[id] = question
        self._held += len(question)
        while len(self._questions) > self.most or (self._held > self.characters and len(self._questions) > 1):
            self.discard(next(iter(self._questions)))
            self.dropped += 1

    def discard(self, id: Hashable) -> None:  # noqa: A002  # it is the question's id
        """Forget a question, because a tool was made that answers it; one that is not there is no error."""
        question = self._questions.pop(id, None)
        self._held -= len(question or "")
        self._of.pop(id, None)

    def snapshot(self) -> tuple[tuple[Hashable, ...], tuple[str, ...]]:
        """The ids and texts of all questions, the oldest first, for grouping elsewhere."""
        return tuple(self._questions), tuple(self._questions.values())

    def regroup(self) -> Regrouped:
        """Group all questions and settle the identities at once."""
        ids, questions = self.snapshot()
        return self.settle(ids, questions, grouping(questions))

    def settle(self, ids: tuple[Hashable, ...], questions: tuple[str, ...], found: Grouping) -> Regrouped:
        """Give the groups of a snapshot their identities: each that of the old group with most members in common.

        Questions that came since are in none, those that went are forgotten; what is in no group leaves nothing behind.

        Args:
            ids: of the snapshot.
            questions: of the snapshot.
            found: the grouping of its questions.
        """
        old, self._of = self._of, {}
        identities = self._identities([one for group in found.groups for one in group.all()], ids, old)
        kinds = tuple(_kind(group, ids, identities) for group in found.groups)
        for kind in kinds:
            self._remember(kind, ())
        return Regrouped(ids, questions, kinds, tuple(ids[index] for index in found.loose))

    def _identities(
        self, groups: Sequence[Group], ids: Sequence[Hashable], old: Mapping[Hashable, tuple[int, ...]]
    ) -> dict[Group, int]:
        """The identity of each group: of those most alike first, by members in common out of all of both."""
        sizes = Counter(one for path in old.values() for one in path)
        alike = []
        for at, group in enumerate(groups):
            common = Counter(one for index in group.members for one in old.get(ids[index], ()))
            alike += [
                (-count / (len(group.members) + sizes[one] - count), one, at)
                for one, count in common.items()
                if 2 * count >= min(len(group.members), sizes[one])
            ]
        found: dict[Group, int] = {}
        taken: set[int] = set()
        for _, one, at in sorted(alike):
            if groups[at] not in found and one not in taken:
                found[groups[at]] = one
                taken.add(one)
        for group in groups:
            if group not in found:
                found[group], self._next = self._next, self._next + 1
        return found

    def _remember(self, kind: Kind, path: tuple[int, ...]) -> None:
        path = (*path, kind.id)
        for member in kind.members:
            if member in self._questions:
                self._of[member] = path
        for part in kind.parts:
            self._remember(part, path)


def _kind(group: Group, ids: Sequence[Hashable], identities: Mapping[Group, int]) -> Kind:
    parts = tuple(_kind(part, ids, identities) for part in group.parts)
    return Kind(identities[group], group, tuple(ids[index] for index in group.members), parts)
