"""The features of token sequences, and which sequences have each: words, pairs and triples, as sets of bits."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from latm.kinds.tokens import LINE, weight

_BITS = 20
_MASK = (1 << _BITS) - 1
MIN_SUPPORT = 3
"""What recurs less often is taken for data."""

GAP = 0
"""The token that stands for a stretch that was cut away."""


@dataclass(slots=True)
class Vocabulary:
    """Numbers the tokens of one grouping, from 1; 0 is a gap."""

    texts: list[str] = field(default_factory=lambda: ["", LINE])
    weights: list[float] = field(default_factory=lambda: [0.0, 0.0])
    ids: dict[str, int] = field(default_factory=lambda: {LINE: 1})

    def sequence(self, texts: Sequence[str]) -> tuple[int, ...]:
        """The numbers of these tokens."""
        return tuple([self.ids.get(text) or self._new(text) for text in texts])

    def weight(self, feature: int) -> float:
        """How much a feature says, in words: the mean of its tokens, half of it for a pair or a triple."""
        if feature <= _MASK:
            return self.weights[feature]
        last, middle, first = feature & _MASK, feature >> _BITS & _MASK, feature >> 2 * _BITS
        if not first:
            return (self.weights[middle] + self.weights[last]) / 4
        return (self.weights[first] + self.weights[middle] + self.weights[last]) / 6

    def text(self, feature: int) -> str:
        """A feature for people, and for ties that must not rest on the order of the questions."""
        return " ".join(
            self.texts[part] for part in (feature >> 2 * _BITS, feature >> _BITS & _MASK, feature & _MASK) if part
        )

    def _new(self, text: str) -> int:
        self.ids[text] = number = len(self.texts)
        self.texts.append(text)
        self.weights.append(weight(text))
        return number


def pair(first: int, second: int) -> int:
    """The feature of two tokens in a row."""
    return first << _BITS | second


def triple(first: int, second: int, third: int) -> int:
    """The feature of three tokens in a row."""
    return first << 2 * _BITS | second << _BITS | third


def features(sequence: Sequence[int], common: Sequence[bool] | None = None) -> set[int]:
    """The words, pairs and triples of a sequence; with `common`, only those of tokens for which it is true."""
    found = set(sequence)
    if common is None:
        found.update([a << _BITS | b for a, b in itertools.pairwise(sequence)])
        found.update(
            [a << 2 * _BITS | b << _BITS | c for a, b, c in zip(sequence, sequence[1:], sequence[2:], strict=False)]
        )
        return found
    kept = [token if common[token] else -1 for token in sequence]
    pairs = [a << _BITS | b if a >= 0 <= b else -1 for a, b in itertools.pairwise(kept)]
    found = set(kept)
    found.update(pairs)
    found.update([p << _BITS | c for p, c in zip(pairs, kept[2:], strict=False) if p >= 0 <= c])
    found.discard(-1)
    return found


def postings(sequences: Sequence[Sequence[int]], size: int, at_least: int = MIN_SUPPORT) -> dict[int, int]:
    """Which sequences have each feature that recurs, as the bits of an integer; bit i is the i-th sequence.

    Args:
        sequences: of tokens' numbers.
        size: of the vocabulary.
        at_least: in how many sequences a feature must be.
    """
    counts = Counter[int]()
    for sequence in sequences:
        counts.update(set(sequence))
    common = [False] * size
    for token, count in counts.items():
        common[token] = count >= at_least
    having: defaultdict[int, list[int]] = defaultdict(list)
    for index, sequence in enumerate(sequences):
        for feature in features(sequence, common):
            having[feature].append(index)
    return {feature: _bits(found, len(sequences)) for feature, found in having.items() if len(found) >= at_least}


def _bits(indices: Sequence[int], size: int) -> int:
    marks = bytearray(size // 8 + 1)
    for index in indices:
        marks[index >> 3] |= 1 << (index & 7)
    return int.from_bytes(marks, "little")


def members(bits: int) -> list[int]:
    """The positions of the bits that are set, in order."""
    return [
        8 * at + bit
        for at, byte in enumerate(bits.to_bytes((bits.bit_length() + 7) // 8, "little"))
        if byte
        for bit in range(8)
        if byte >> bit & 1
    ]
