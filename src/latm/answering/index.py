"""The index tells which known tasks a question resembles. It finds candidates; it never decides."""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, repeat, starmap
from operator import itemgetter, mul
from zlib import crc32

from rpds import HashTrieMap

from latm.answering.frame import Frame, features, features_of, words_of
from latm.answering.lookups import Entry, Hit, Lately, Match, Telling, Worded
from latm.answering.persistent import Changes, Counts

_BACKWARDS = itemgetter(slice(None, None, -1))

_NEARLY_ALL = 0.8
"""A feature that at least this share of the examples have belongs to the core."""

_POSTED = 16
"""How many features of a task are posted. On 18 task types of BIG-Bench Hard, known by three to six examples each, the
first candidate is then the same as after reading everything."""

_FULL = 256
"""The most tasks that are posted under one feature."""

_ROOM, _ROOM_PER_TASK = 5_000, 1_000
"""The most features that look-ups remember, in each of two ways, so that the memory stays in proportion to what is
known, in however many indexes."""


_WALKED = 64
"""The most postings that a look-up walks once it has hit anything."""

_SCORED = 32
"""The most tasks that a look-up scores."""

_SURE = 3
_WORTH = 0.3
"""Beyond the five that are hit hardest, a task is scored if its hit is at least this share of the hardest."""

_AGING = 4
"""How many tasks are weighed again with each change."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What an index holds.

    Attributes:
        entries: the tasks by their slots, which are numbers from 0 without gaps.
        slots: the slots by task.
        frequency: how many examples hold each feature.
        postings: the slots of the tasks that are posted under each feature.
        oldest: the slot with the oldest weights; the slots after it follow in a circle.
        examples: the number of examples of all tasks.
    """

    entries: "HashTrieMap[int, Entry]" = field(default_factory=HashTrieMap)
    slots: "HashTrieMap[str, int]" = field(default_factory=HashTrieMap)
    frequency: "HashTrieMap[str, int]" = field(default_factory=HashTrieMap)
    postings: "HashTrieMap[str, array[int]]" = field(default_factory=HashTrieMap)
    oldest: int = 0
    examples: int = 0


@dataclass(frozen=True, slots=True)
class Index:
    """A persistent index from features to tasks: a change returns a new index and leaves this one as it is.

    A task's frame is what its examples share: each feature counts by the squared share of examples that hold it, times
    its inverse document frequency. A question resembles a task by how much of that frame it contains, so that what
    varies from question to question (names, numbers, lists) weighs little, however long it is. While a task has one or
    two examples, what varies is not known yet, and the smaller side is the measure.

    The number of tasks does not raise the cost of anything:

    - A task is *posted* under sixteen features of its core, which all or nearly all of its examples hold: the eight
      rarest, and eight from all over it, as what a few examples share by chance is rare too. A young task is posted
      under all features at the ends of its questions, as any of them may be its frame. Under one feature at most 256
      tasks are posted: a feature that more tasks share does not help to find one.
    - A look-up walks the postings that the question hits, the shortest first, until it has seen 192 tasks, and scores
      exactly the few that are hit hardest, at most 32.
    - The document frequencies are exact, but a frame keeps the weights of the time when it was weighed, so that no
      change touches all frames. Each change weighs and posts again the four that have waited longest: no weight is from
      before the index last grew by a third, and up to four tasks are always fresh. That is near enough: frequencies
      enter by their logarithm, and the weights of one frame are all of one time, so that a share of it remains a share.
    """

    _known: _Known = field(default_factory=_Known)
    _lately: Lately = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_lately", Lately(_ROOM + _ROOM_PER_TASK * len(self)))

    def __len__(self) -> int:
        return len(self._known.entries)

    def changed(self, task: str, questions: Sequence[str]) -> "Index":
        """The index in which a task is known by these questions alone; without questions it is not known."""
        return self.with_many({task: questions})

    def with_many(self, tasks: Mapping[str, Sequence[str]]) -> "Index":
        """The index in which each of these tasks is known by its questions alone."""
        frames = {task: Frame.of(questions) if questions else None for task, questions in tasks.items()}
        draft = _Draft(self._known)
        draft.take(frames)
        return Index(draft.done())

    def nearest(self, question: str, count: int) -> Sequence[Match]:
        """The tasks that the question resembles most, best first, at most `count`; names break ties."""
        if not question.strip():
            return []
        words = words_of(question)
        worded = self._worded(words, count)
        if (matches := self._lately.worded.get(worded)) is None:
            matches, holds_for_all = self._nearest(features_of(words), count)
            if holds_for_all:
                self._lately.hold(worded)
                self._lately.worded[worded] = matches
        return matches

    def _worded(self, words: list[str], count: int) -> Worded:
        """What decides a question's resemblance: its words, without those in no frame, which weigh nothing."""
        worded = (*map(self._lately.words.get, words), count)
        return worded if None not in worded else (*map(self._known_word, words), count)

    def _known_word(self, word: str) -> str:
        """The word itself if it is in a frame, otherwise ""."""
        if (known := self._lately.words.get(word)) is None:
            known = word if word in self._known.frequency else ""
            self._lately.learn(word, known)
        return known

    def _nearest(self, found: frozenset[str], count: int) -> tuple[Sequence[Match], bool]:
        """The matches of a question with these features, and whether they depend only on features in a frame."""
        hit = self._hit(found)
        own = self._weight(found) if hit.young else 0.0
        # Most data of a question is in no frame, so questions of a kind are often equal in all that is weighed.
        key = None if hit.young else found & hit.weighed
        if key is None or (matches := hit.scored.get(key)) is None:
            scored = (Match(entry.task, _similarity(entry, found, own), entry.frame.longest) for entry in hit.entries)
            matches = sorted(scored, key=lambda match: (-match.similarity, match.task))
            if key is not None:
                self._lately.hold(key)
                hit.scored[key] = matches
        return matches if len(matches) <= count else matches[:count], key is not None

    def similarity(self, text: str, task: str) -> float:
        """How much of the frame of a known task a text holds, from 0 to 1."""
        entry = self._known.entries[self._known.slots[task]]
        return _similarity(entry, features(text), entry.total)

    def most_alike(self, question: str, tasks: Sequence[str]) -> str:
        """Which of several similar tasks the question is most like: siblings that one tool could serve.

        A naive Bayes choice over what sets them apart: the features that are in every example of one of the tasks but
        not of all of them, with half an example for and half against each.

        Raises:
            KeyError: one of the tasks is not known.
        """
        telling = self._lately.telling.get(key := tuple(tasks))
        if telling is None:
            telling = self._telling(tasks)
            self._lately.hold(telling[0])
            self._lately.telling[key] = telling
        apart, likelihoods = telling
        having = features(question) & apart
        scores = [lacking + sum(map(gains.__getitem__, having)) for lacking, gains in likelihoods]
        # Rounded, so that ties do not depend on the order of a set, which differs between processes.
        return max(zip(tasks, scores, strict=True), key=lambda pair: round(pair[1], 9))[0]

    def _telling(self, tasks: Sequence[str]) -> Telling:
        """The features that tell these tasks apart."""
        frames = [self._frame(task) for task in tasks]
        cores = [frozenset(f for f, count in frame.counts.items() if count == frame.examples) for frame in frames]
        apart = frozenset.union(*cores) - frozenset.intersection(*cores)
        return apart, [_likelihood(frame, apart) for frame in frames]

    def _frame(self, task: str) -> Frame:
        return self._known.entries[self._known.slots[task]].frame

    def _hit(self, found: frozenset[str]) -> "Hit":
        """The tasks whose postings the question hits hardest."""
        lately = self._lately
        for feature in found - lately.seen:
            lately.see(feature, feature in self._known.postings)
        # Data is not posted, so questions of a kind mostly hit the same postings.
        key = found & lately.posted
        if (hit := lately.hits.get(key)) is None:
            slots = _hardest(_hits([self._known.postings[feature] for feature in key]))
            hit = Hit([self._known.entries[slot] for slot in slots])
            lately.hold(hit.weighed)
            lately.hits[key] = hit
        return hit

    def _weight(self, found: frozenset[str]) -> float:
        """The sum of the inverse document frequencies of features."""
        held = map(self._known.frequency.get, found)
        return math.fsum(math.log1p(self._known.examples / (1 + (count or 1))) for count in held)


def _hits(postings: "Iterable[array[int]]") -> Mapping[int, int]:
    """How hard some postings hit each task. The rarer a hit, the more it counts."""
    hits: defaultdict[int, int] = defaultdict(int)
    walked = length = rarity = 0
    for posting in sorted(postings, key=len):
        if len(posting) != length:
            # The walk may end only here: equally rare features count all or not at all, so their order is irrelevant.
            if walked > _WALKED and hits:
                break
            length = len(posting)
            rarity = _FULL // math.isqrt(length)
        walked += length
        for slot in posting:
            hits[slot] += rarity
    return hits


def _hardest(hits: Mapping[int, int]) -> list[int]:
    """The slots that are hit hard, the hardest first: always a few, and more if they are not far behind."""
    enough = _WORTH * max(hits.values(), default=0)
    strong = [slot for slot, hit in hits.items() if hit >= enough]
    few = len(strong) < _SURE
    hardest = sorted(hits if few else strong, key=lambda slot: (-hits[slot], slot))
    return hardest[: _SURE if few else _SCORED]


def _likelihood(frame: Frame, features: Iterable[str]) -> tuple[float, Mapping[str, float]]:
    counts = {feature: frame.counts.get(feature, 0) for feature in features}
    having = {feature: math.log((count + 0.5) / (frame.examples + 1)) for feature, count in counts.items()}
    lacking = {
        feature: math.log((frame.examples - count + 0.5) / (frame.examples + 1)) for feature, count in counts.items()
    }
    return math.fsum(lacking.values()), {feature: having[feature] - lacking[feature] for feature in counts}


def _similarity(entry: Entry, found: frozenset[str], own: float) -> float:
    shared: float = sum(filter(None, map(entry.weights.get, found)))
    measure = min(entry.total, own) if entry.frame.is_young else entry.total
    # Rounded, so that ties do not depend on the order of a set, which differs between processes.
    return min(1.0, round(shared / measure, 9))


class _Draft:
    """The next index while it is built."""

    def __init__(self, before: _Known) -> None:
        self._entries = Changes(before.entries)
        self._slots = Changes(before.slots)
        self._frequency = Counts(before.frequency)
        self._postings = Changes(before.postings)
        self._tasks = len(before.entries)
        self._oldest = before.oldest
        self._examples = before.examples

    def take(self, frames: Mapping[str, Frame | None]) -> None:
        """Give tasks other frames, or none, and update the weights."""
        self._count(frames)
        for task, frame in frames.items():
            if frame is None:
                self._remove(task)
            else:
                self._put(task, frame)
        changed = [self._slots[task] for task, frame in frames.items() if frame]
        for slot in dict.fromkeys((*changed, *self._aged(_AGING * len(frames)))):
            self._weigh(slot)

    def done(self) -> _Known:
        maps = (self._entries.done(), self._slots.done(), self._frequency.done(), self._postings.done())
        return _Known(*maps, self._oldest, self._examples)

    def _count(self, frames: Mapping[str, Frame | None]) -> None:
        slots = [slot for task in frames if (slot := self._slots.get(task)) is not None]
        gone = [self._entries[slot].frame for slot in slots]
        come = [frame for frame in frames.values() if frame]
        self._examples += sum(frame.examples for frame in come) - sum(frame.examples for frame in gone)
        more = Counter(
            chain.from_iterable(starmap(repeat, chain.from_iterable(frame.counts.items() for frame in come)))
        )
        for frame in gone:
            more.subtract(frame.counts)
        self._frequency.add(more)

    def _put(self, task: str, frame: Frame) -> None:
        if (slot := self._slots.get(task)) is not None:
            self._entries.set(slot, replace(self._entries[slot], frame=frame))
            return
        self._slots.set(task, self._tasks)
        self._entries.set(self._tasks, Entry(task, frame))
        self._tasks += 1

    def _remove(self, task: str) -> None:
        """Remove a task; the task of the last slot takes its slot."""
        if (slot := self._slots.get(task)) is None:
            return
        self._tasks -= 1
        self._unpost(slot, self._entries[slot].posted)
        if slot != self._tasks:
            last = self._entries[self._tasks]
            self._unpost(self._tasks, last.posted)
            self._post(slot, last.posted)
            self._entries.set(slot, last)
            self._slots.set(last.task, slot)
        self._entries.set(self._tasks, None)
        self._slots.set(task, None)

    def _aged(self, count: int) -> list[int]:
        turns = [(self._oldest + turn) % self._tasks for turn in range(min(count, self._tasks))]
        self._oldest = (turns[-1] + 1) % self._tasks if turns else 0
        return turns

    def _weigh(self, slot: int) -> None:
        """Give a task's frame today's weights, and post it under what is rare today."""
        entry = self._entries[slot]
        frame = entry.frame
        shares = [(count / frame.examples) ** 2 for count in range(frame.examples + 1)]
        frequency = self._frequency.of(frame.counts)
        idf = {count: math.log1p(self._examples / (1 + count)) for count in set(frequency)}
        held = map(shares.__getitem__, frame.counts.values())
        weights = dict(zip(frame.counts, map(mul, held, map(idf.__getitem__, frequency)), strict=True))
        total = math.fsum(weights.values())
        ranked = frame.ends if frame.is_young else _telling(frame, weights)
        posted = self._with_room(ranked, slot, len(frame.counts) if frame.is_young else _POSTED)
        self._entries.set(slot, Entry(entry.task, frame, weights, total, posted))
        self._unpost(slot, entry.posted - posted)
        self._post(slot, posted - entry.posted)

    def _with_room(self, ranked: Iterable[str], slot: int, most: int) -> frozenset[str]:
        """The first features, at most `most`, under which a task may be posted."""
        chosen: list[str] = []
        for feature in ranked:
            posting = self._postings.get(feature)
            if posting is None or len(posting) < _FULL or slot in posting:
                chosen.append(feature)
                if len(chosen) == most:
                    break
        return frozenset(chosen)

    def _post(self, slot: int, posted: frozenset[str]) -> None:
        one = array("L", (slot,))
        for feature in posted:
            posting = self._postings.get(feature)
            self._postings.set(feature, one if posting is None else posting + one)

    def _unpost(self, slot: int, posted: frozenset[str]) -> None:
        for feature in posted:
            rest = self._postings[feature][:]
            rest.remove(slot)
            self._postings.set(feature, rest or None)


def _telling(frame: Frame, weights: Mapping[str, float]) -> Iterator[str]:
    """The features of a frame in the order in which it is worth posting them.

    First the rarest of the core, then as many from all over the core: what three examples share by chance is rare too.
    Then the rest, core before others and heaviest first. Equally heavy ones come in the order of their last letters,
    which neighbours in a text do not share.
    """
    enough = _NEARLY_ALL * frame.examples
    core = _heaviest([feature for feature, count in frame.counts.items() if count >= enough], weights)
    rarest, others = core[: _POSTED // 2], core[_POSTED // 2 :]
    # The same ones in every task that has them: otherwise a preamble that many tasks share is rare in each, and the
    # walk through it ends before it reaches what two siblings share.
    spread = sorted(others, key=_mark)[: _POSTED // 2]
    yield from rarest
    yield from spread
    yield from (feature for feature in others if feature not in spread)
    yield from _heaviest([feature for feature, count in frame.counts.items() if count < enough], weights)


def _mark(feature: str) -> int:
    """A number that is spread evenly over features and is the same in every process."""
    return crc32(feature.encode(errors="surrogatepass"))


def _heaviest(chosen: list[str], weights: Mapping[str, float]) -> list[str]:
    return sorted(sorted(chosen, key=_BACKWARDS), key=weights.__getitem__, reverse=True)
