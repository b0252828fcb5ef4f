"""What an index returns for a look-up, and what it remembers of earlier ones."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from latm.answering.frame import Frame


@dataclass(frozen=True, slots=True)
class Match:
    """A task that a question resembles.

    Attributes:
        task: its name.
        similarity: from 0 to 1, the share of the task's frame that the question contains.
        longest: characters of the longest question that the task is known by.
    """

    task: str
    similarity: float
    longest: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A task in the index: its frame, and how it was last weighed and posted."""

    task: str
    frame: Frame
    weights: Mapping[str, float] = field(default_factory=dict)
    total: float = 0.0
    posted: frozenset[str] = frozenset()


class Hit:
    """The tasks that some posted features hit hardest.

    Attributes:
        entries: those tasks.
        young: whether one of them is young, so that the whole question is weighed.
        weighed: the features that are weighed if none is young.
        scored: the results, by the weighed features of a question.
    """

    __slots__ = ("entries", "scored", "weighed", "young")

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self.young = any(entry.frame.is_young for entry in entries)
        self.weighed = frozenset(chain.from_iterable(entry.weights for entry in entries))
        self.scored: dict[frozenset[str], list[Match]] = {}


Telling = tuple[frozenset[str], Sequence[tuple[float, Mapping[str, float]]]]
"""Features that set some tasks apart; and for each task the logarithm of the likelihood of a question that has none of
them, and what each of them adds to that."""

Worded = tuple[str | int | None, ...]
"""What the index knows of a question's words, and how many matches the caller wants."""


class Lately:
    """What recent look-ups of an index found: what a kind's questions share is looked up again and again.

    The event loop and the writer's thread look up in the same index, so every value is put in as a whole.

    Args:
        room: the most features to remember, of those looked for and of those by which tasks are weighed.

    Attributes:
        seen: the features that were looked for.
        posted: those of them that are posted under a task.
        hits: the tasks that are hit hardest, by the posted features of a question.
        telling: what tells some tasks apart, by their names.
        words: the words that were looked for: the word itself if it is in a frame, otherwise "".
        worded: the matches of questions, by their words.
    """

    __slots__ = ("_held", "_room", "hits", "posted", "seen", "telling", "worded", "words")

    def __init__(self, room: int) -> None:
        self._room = room
        self._held = 0
        self.seen: set[str] = set()
        self.posted: set[str] = set()
        self.hits: dict[frozenset[str], Hit] = {}
        self.telling: dict[tuple[str, ...], Telling] = {}
        self.words: dict[str, str] = {}
        self.worded: dict[Worded, Sequence[Match]] = {}

    def learn(self, word: str, known: str) -> None:
        """Remember what is known of a word."""
        if len(self.words) > self._room:
            self.words = {}
        self.words[word] = known

    def see(self, feature: str, is_posted: bool) -> None:
        """Remember whether a feature is posted."""
        if len(self.seen) > self._room:
            self.seen &= self.posted
        if is_posted:
            self.posted.add(feature)
        self.seen.add(feature)

    def hold(self, features: Collection[object]) -> None:
        """Make room for these features; if there is none, everything is forgotten."""
        self._held += len(features)
        if self._held > self._room:
            self.hits, self.telling, self.worded, self._held = {}, {}, {}, len(features)
