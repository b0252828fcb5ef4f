"""The index: which known tasks a question resembles. It finds candidates; it never decides."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from operator import add
from typing import Generic, Self, TypeVar
from zlib import crc32

from rpds import HashTrieMap

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Scripts that put no spaces between words (Thai, Lao, Burmese, Khmer, Japanese, Chinese): each character is a word."""

_TOKEN = re.compile(rf"[^\W\d_{_UNSPACED}]+|\d+|[^\w\s]|[_{_UNSPACED}]")
_ASCII_TOKEN = re.compile(r"[a-z]+|[0-9]+|[^\w\s]|_")
_LONGEST = 2_000
_DEPTH = 20
_YOUNG = 2
_NEARLY_ALL = 0.8
_POSTED = 24
_POSTED_FROM = 600
_FULL = 256
_WALKED = 512
_SCORED = 32
_WORTH_SCORING = 0.125
_AGING = 4
_WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Match:
    """A task that a question resembles.

    Attributes:
        task: its name.
        similarity: from 0 to 1, the share of the task's frame that the question contains.
    """

    task: str
    similarity: float


def features(question: str) -> frozenset[str]:
    """The words, word pairs and word triples of a question; digits count as one word, punctuation as words.

    In scripts without spaces a character is a word. Of a text of more than 2,000 characters the first and the last
    1,000 count: what is asked stands at one of the ends.
    """
    text = _ends(question, _LONGEST).lower()
    found = (_ASCII_TOKEN if text.isascii() else _TOKEN).findall(text)
    words = ["^ ", *["# " if token.isdigit() else token + " " for token in found], "$ "]
    pairs = list(map(add, words, words[1:]))
    return frozenset(chain(words, pairs, map(add, pairs, words[2:])))


def _ends(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest // 2]}\n{text[-(longest // 2) :]}"


@dataclass(frozen=True, slots=True)
class Frame:
    """What the examples of one task share.

    Attributes:
        examples: how many of its questions it was taken from.
        longest: characters of the longest question.
        counts: how many of the examples hold each feature.
        ends: while there are one or two examples, the features that stand at the ends of their questions.
    """

    examples: int
    longest: int
    counts: Mapping[str, int]
    ends: frozenset[str] = frozenset()

    @classmethod
    def of(cls, questions: Sequence[str]) -> Self:
        """The frame of at least one question; the first twenty count, more would add time, not sharpness."""
        taken = questions[:_DEPTH]
        counts = Counter(chain.from_iterable(map(features, taken)))
        young = taken if len(taken) <= _YOUNG else ()
        ends = chain.from_iterable(features(_ends(question, _POSTED_FROM)) for question in young)
        return cls(len(taken), max(map(len, questions)), dict(counts), frozenset(counts.keys() & ends))

    @property
    def is_young(self) -> bool:
        """Whether it is not known yet what varies from question to question."""
        return self.examples <= _YOUNG


@dataclass(frozen=True, slots=True)
class _Entry:
    """A task in the index: its frame, its place in the ring, and how its frame was weighed and posted last."""

    frame: Frame
    slot: int
    weights: Mapping[str, float] = field(default_factory=dict)
    total: float = 0.0
    posted: frozenset[str] = frozenset()

    def weight_in(self, found: frozenset[str]) -> float:
        return math.fsum(map(self.weights.__getitem__, found & self.weights.keys()))


@dataclass(frozen=True, slots=True)
class _Known:
    """What an index holds.

    Attributes:
        entries: by task.
        frequency: how many examples hold each feature.
        postings: the tasks that are posted under each feature, and what a hit of it counts for each.
        ring: the tasks in the order in which they are weighed anew.
        oldest: the place in the ring that has waited longest.
        examples: of all tasks.
    """

    entries: "HashTrieMap[str, _Entry]" = field(default_factory=HashTrieMap)
    frequency: "HashTrieMap[str, int]" = field(default_factory=HashTrieMap)
    postings: "HashTrieMap[str, Mapping[str, int]]" = field(default_factory=HashTrieMap)
    ring: "HashTrieMap[int, str]" = field(default_factory=HashTrieMap)
    oldest: int = 0
    examples: int = 0


@dataclass(frozen=True, slots=True)
class Index:
    """A persistent index from features to tasks: a change gives a new index and leaves this one as it is, for ever.

    A task's frame is what its examples share: each feature counts by the squared share of examples that hold it, times
    its inverse document frequency. A question resembles a task by how much of that frame it contains, so that what
    varies from question to question (names, numbers, lists) weighs little, however long it is. While a task has one or
    two examples, what varies is not known yet, and the smaller side is the measure.

    Nothing costs more for there being more tasks:

    - A task is *posted* under a dozen of its rarest core features, those that all or nearly all of its examples hold;
      a young task under all that stands at the ends of its questions, as any of it may be its frame. A feature has
      256 tasks at most posted under it: what more tasks have in common finds none of them.
    - A look-up adds up what the question hits of the postings, rarest feature first, and scores exactly only the few
      tasks that are hit hardest.
    - The document frequencies are exact, but a frame keeps the weights of the day when it was weighed, so that no
      change touches all frames. Each change weighs and posts the four anew that have waited longest: no weight is from
      before the index last grew by a third, and up to four tasks all are always fresh. Frequencies enter by their
      logarithm, and a frame's weights are of one day, so that a similarity is off by a few per cent at worst.
    """

    _known: _Known = field(default_factory=_Known)

    def __len__(self) -> int:
        return len(self._known.entries)

    def changed(self, task: str, questions: Sequence[str]) -> "Index":
        """The index in which a task is known by these questions, and by nothing else; by none: is not known."""
        return self.with_many({task: questions})

    def with_many(self, tasks: Mapping[str, Sequence[str]]) -> "Index":
        """The index in which each of these tasks is known by its questions, and by nothing else."""
        frames = {task: Frame.of(questions) if questions else None for task, questions in tasks.items()}
        draft = _Draft(self._known)
        draft.take(frames)
        return Index(draft.done())

    def nearest(self, question: str, count: int) -> list[Match]:
        """The tasks that the question resembles most, best first; at most `count`, ties by name."""
        return self.nearest_of(features(question), count) if question.strip() else []

    def nearest_of(self, found: frozenset[str], count: int) -> list[Match]:
        """As `nearest`, from the features of a question."""
        entries = [(task, self._known.entries[task]) for task in self._hit(found)]
        own = self._own(found) if any(entry.frame.is_young for _, entry in entries) else 0.0
        matches = [Match(task, _similarity(entry, found, own)) for task, entry in entries]
        return sorted(matches, key=lambda match: (-match.similarity, match.task))[:count]

    def most_alike(self, question: str, tasks: Sequence[str]) -> str:
        """Which of some tasks, all alike, the question is most like: siblings that one tool could serve.

        A naive Bayes choice over the features that are in every example of at least one of the tasks, with half an
        example for and half against each: what sets siblings apart is wording that one always has and another never.

        Raises:
            KeyError: one of the tasks is not known.
        """
        found = features(question)
        frames = {task: self._known.entries[task].frame for task in tasks}
        core = {f for frame in frames.values() for f, count in frame.counts.items() if count == frame.examples}

        def likelihood(task: str) -> float:
            counts, examples = frames[task].counts, frames[task].examples
            having = (counts.get(f, 0) if f in found else examples - counts.get(f, 0) for f in core)
            return math.fsum(math.log((count + 0.5) / (examples + 1)) for count in having)

        return max(tasks, key=likelihood)

    def longest(self, task: str) -> int:
        """Characters of the longest question that the task is known by.

        Raises:
            KeyError: the task is not known.
        """
        return self._known.entries[task].frame.longest

    def _hit(self, found: frozenset[str]) -> list[str]:
        """The tasks whose postings the question hits hardest."""
        postings = self._known.postings.get
        lists = sorted((len(posting), feature, posting) for feature in found if (posting := postings(feature)))
        hits: defaultdict[str, int] = defaultdict(int)
        walked = 0
        for length, _, posting in lists:
            walked += length
            if walked > _WALKED:
                break
            rare = math.sqrt(length)
            for task, impact in posting.items():
                hits[task] += int(impact / rare)
        least = max(hits.values(), default=0) * _WORTH_SCORING
        hard = [task for task, hit in hits.items() if hit >= least]
        return sorted(hard, key=lambda task: (-hits[task], task))[:_SCORED]

    def _own(self, found: frozenset[str]) -> float:
        counts = map(self._known.frequency.get, found)
        return math.fsum(math.log1p(self._known.examples / (1 + (count or 1))) for count in counts)


def _similarity(entry: _Entry, found: frozenset[str], own: float) -> float:
    measure = min(entry.total, own) if entry.frame.is_young else entry.total
    return min(1.0, entry.weight_in(found) / measure)


_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class _Changes(Generic[_Key, _Value]):
    """What is to change in a persistent map; None stands for what is to go."""

    def __init__(self, before: "HashTrieMap[_Key, _Value]") -> None:
        self._before = before
        self._changed: dict[_Key, _Value | None] = {}

    def get(self, key: _Key) -> _Value | None:
        return self._changed[key] if key in self._changed else self._before.get(key)

    def __getitem__(self, key: _Key) -> _Value:
        if (value := self.get(key)) is None:
            raise KeyError(key)
        return value

    def get_each(self, keys: Iterable[_Key], default: _Value) -> list[_Value]:
        changed, before = self._changed, self._before.get
        return [(changed[key] if key in changed else before(key)) or default for key in keys]

    def set(self, key: _Key, value: _Value | None) -> None:
        self._changed[key] = value

    def done(self) -> "HashTrieMap[_Key, _Value]":
        if len(self._changed) > len(self._before):
            return HashTrieMap({k: v for k, v in {**dict(self._before), **self._changed}.items() if v is not None})
        after = self._before
        for key, value in self._changed.items():
            after = after.discard(key) if value is None else after.insert(key, value)
        return after


class _Draft:
    """The next index in the making."""

    def __init__(self, before: _Known) -> None:
        self._entries = _Changes(before.entries)
        self._frequency = _Changes(before.frequency)
        self._postings = _Changes(before.postings)
        self._ring = _Changes(before.ring)
        self._tasks = len(before.entries)
        self._oldest = before.oldest
        self._examples = before.examples

    def take(self, frames: Mapping[str, Frame | None]) -> None:
        """Let tasks be known by other frames, or by none, and whatever that makes of the weights."""
        self._count(frames)
        for task, frame in frames.items():
            if frame is None:
                self._remove(task)
            else:
                self._put(task, frame)
        present = [task for task, frame in frames.items() if frame]
        for task in dict.fromkeys((*present, *self._aged(_AGING * len(frames)))):
            self._weigh(task)

    def done(self) -> _Known:
        maps = (self._entries.done(), self._frequency.done(), self._postings.done(), self._ring.done())
        return _Known(*maps, self._oldest, self._examples)

    def _count(self, frames: Mapping[str, Frame | None]) -> None:
        more: defaultdict[str, int] = defaultdict(int)
        for task, frame in frames.items():
            entry = self._entries.get(task)
            for sign, one in ((-1, entry and entry.frame), (1, frame)):
                if one:
                    self._examples += sign * one.examples
                    for feature, count in one.counts.items():
                        more[feature] += sign * count
        for feature, count in more.items():
            if count:
                self._frequency.set(feature, (self._frequency.get(feature) or 0) + count or None)

    def _put(self, task: str, frame: Frame) -> None:
        if entry := self._entries.get(task):
            self._unpost(task, entry.posted)
            self._entries.set(task, _Entry(frame, entry.slot))
        else:
            self._entries.set(task, _Entry(frame, self._tasks))
            self._ring.set(self._tasks, task)
            self._tasks += 1

    def _remove(self, task: str) -> None:
        """The task that came last takes the place of the one that goes, so that the ring has no holes."""
        if entry := self._entries.get(task):
            self._unpost(task, entry.posted)
            self._tasks -= 1
            last = self._ring[self._tasks]
            moved = self._entries[last]
            self._entries.set(last, replace(moved, slot=entry.slot))
            self._ring.set(entry.slot, last)
            self._ring.set(self._tasks, None)
            self._entries.set(task, None)

    def _aged(self, count: int) -> list[str]:
        turns = [(self._oldest + turn) % self._tasks for turn in range(min(count, self._tasks))]
        self._oldest = (turns[-1] + 1) % self._tasks if turns else 0
        return [self._ring[slot] for slot in turns]

    def _weigh(self, task: str) -> None:
        """Give a task's frame the weights of today, and post it under what is rare today."""
        entry = self._entries[task]
        frame = entry.frame
        shares = [(count / frame.examples) ** 2 for count in range(frame.examples + 1)]
        frequency = self._frequency.get_each(frame.counts, 1)
        idf = {count: math.log1p(self._examples / (1 + count)) for count in set(frequency)}
        weights = {
            feature: shares[count] * idf[holders]
            for (feature, count), holders in zip(frame.counts.items(), frequency, strict=True)
        }
        total = math.fsum(weights.values())
        ranked = frame.ends if frame.is_young else _rarest(frame, weights)
        room = (feature for feature in ranked if self._has_room(feature, task))
        posted = frozenset(room if frame.is_young else islice(room, _POSTED))
        self._entries.set(task, _Entry(frame, entry.slot, weights, total, posted))
        if posted != entry.posted:
            self._unpost(task, entry.posted)
            self._post(task, posted)

    def _has_room(self, feature: str, task: str) -> bool:
        posting = self._postings.get(feature) or ()
        return len(posting) < _FULL or task in posting

    def _post(self, task: str, posted: frozenset[str]) -> None:
        impact = _WHOLE // max(1, len(posted))
        for feature in posted:
            self._postings.set(feature, {**(self._postings.get(feature) or {}), task: impact})

    def _unpost(self, task: str, posted: frozenset[str]) -> None:
        for feature in posted:
            rest = {**self._postings[feature]}
            del rest[task]
            self._postings.set(feature, rest or None)


def _rarest(frame: Frame, weights: Mapping[str, float]) -> Iterator[str]:
    """A frame's features: first those that nearly all examples hold, then the others, of each the heaviest first."""
    enough = _NEARLY_ALL * frame.examples
    for core in (True, False):
        ranked = [(-weights[f], _spread(f), f) for f, count in frame.counts.items() if (count >= enough) is core]
        yield from (feature for _, _, feature in sorted(ranked))


def _spread(feature: str) -> int:
    """An order of equally rare features in which neighbours in a text do not come together."""
    return crc32(feature.encode(errors="surrogatepass"))
