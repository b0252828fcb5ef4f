"""A full look at everything: every task scored exactly, however many there are; what the index is held against."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
_REFRESH = 1.1


@dataclass(frozen=True, slots=True)
class Match:
    """A task that a question resembles.

    Attributes:
        task: its name.
        similarity: from 0 to 1, the share of the task's frame that the question contains.
    """

    task: str
    similarity: float


@dataclass(slots=True)
class _Frame:
    """What the examples of one task have in common: how many examples hold each feature."""

    examples: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    weight: float = 0.0

    def share(self, feature: str) -> float:
        return (self.counts[feature] / self.examples) ** 2


def features(question: str) -> frozenset[str]:
    """The words, word pairs and word triples of a question; digits count as one word, punctuation as words."""
    tokens = ["^", *("#" if token.isdigit() else token for token in _TOKEN.findall(question.lower())), "$"]
    pairs = [f"{first} {second}" for first, second in pairwise(tokens)]
    triples = [f"{pair} {third}" for pair, third in zip(pairs, tokens[2:], strict=False)]
    return frozenset((*tokens, *pairs, *triples))


class Shortlist:
    """An inverted index from features to tasks.

    A task's frame is what its examples share: each feature counts by the squared share of examples that hold it, times
    its inverse document frequency. A question resembles a task by how much of that frame it contains, so that what
    varies from question to question (names, numbers, lists) weighs little, however long it is. While a task has one or
    two examples, what varies is not known yet, and the smaller side is the measure.

    Args:
        depth: examples of a task that are indexed at most; more add time, not sharpness.
    """

    def __init__(self, *, depth: int = 20) -> None:
        self._depth = depth
        self._frames: dict[str, _Frame] = {}
        self._holders: defaultdict[str, set[str]] = defaultdict(set)
        self._frequency: Counter[str] = Counter()
        self._shares: dict[str, list[tuple[str, float]]] = {}
        self._idf: dict[str, float] = {}
        self._examples = 0
        self._rare = 0.0
        self._refreshed_at = 0

    def add(self, task: str, question: str) -> None:
        """Let a task be known by one more question."""
        frame = self._frames.setdefault(task, _Frame())
        if frame.examples >= self._depth:
            return
        # Kept for as long as nothing is learnt: most questions come when much is known.
        self._shares.clear()
        found = features(question)
        frame.examples += 1
        frame.counts.update(found)
        self._frequency.update(found)
        self._examples += 1
        for feature in found:
            self._holders[feature].add(task)
        if self._examples >= self._refreshed_at * _REFRESH:
            self._refresh()
        else:
            self._weigh(frame)

    def nearest(self, question: str, count: int) -> list[Match]:
        """The tasks that the question resembles most, best first; at most `count`, ties by name."""
        if not question.strip():
            return []
        found = features(question)
        shared: defaultdict[str, float] = defaultdict(float)
        for feature in found & self._holders.keys():
            for task, weight in self._shares.get(feature) or self._weighed(feature):
                shared[task] += weight
        own = math.fsum(map(self._weight, found)) if any(map(self._is_young, shared)) else 0.0
        matches = [Match(task, weight / self._measure(task, own)) for task, weight in shared.items()]
        return sorted(matches, key=lambda match: (-match.similarity, match.task))[:count]

    def most_alike(self, question: str, tasks: Sequence[str]) -> str:
        """Which of some tasks, all alike, the question is most like: siblings that one tool could serve.

        A naive Bayes choice over the features that are in every example of at least one of the tasks, with half an
        example for and half against each: what sets siblings apart is wording that one always has and another never.
        """
        found = features(question)
        frames = {task: self._frames[task] for task in tasks}
        core = {f for frame in frames.values() for f, count in frame.counts.items() if count == frame.examples}

        def likelihood(task: str) -> float:
            frame = frames[task]
            having = (frame.counts[f] if f in found else frame.examples - frame.counts[f] for f in core)
            return sum(math.log((count + 0.5) / (frame.examples + 1)) for count in having)

        return max(tasks, key=likelihood)

    def _weighed(self, feature: str) -> list[tuple[str, float]]:
        weight = self._weight(feature)
        shares = [(task, weight * self._frames[task].share(feature)) for task in self._holders[feature]]
        self._shares[feature] = shares
        return shares

    def _measure(self, task: str, own: float) -> float:
        weight = self._frames[task].weight
        return min(weight, own) if self._is_young(task) else weight

    def _is_young(self, task: str) -> bool:
        return self._frames[task].examples <= 2  # see the class docstring

    def _weight(self, feature: str) -> float:
        return self._idf.get(feature, self._rare)

    def _refresh(self) -> None:
        """Inverse document frequencies drift slowly, so they are taken anew only as the index grows by a tenth."""
        self._idf = {f: math.log1p(self._examples / (1 + count)) for f, count in self._frequency.items()}
        self._rare = math.log1p(self._examples / 2)
        self._refreshed_at = self._examples
        for frame in self._frames.values():
            self._weigh(frame)

    def _weigh(self, frame: _Frame) -> None:
        frame.weight = sum(self._weight(feature) * frame.share(feature) for feature in frame.counts)
