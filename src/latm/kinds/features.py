"""The features of token sequences (words, pairs and triples), and which sequences have each, as sets of bits."""

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from latm.kinds.sampling import spread
from latm.kinds.tokens import LINE, SIGN_WEIGHTS, folded, weight

_BITS = 20
_MASK = (1 << _BITS) - 1
MIN_SUPPORT = 3
"""A feature of fewer sequences is taken for data."""

_SAMPLE = 64
_MOST, _NEARLY_ALL = 0.5, 0.9

GAP = 2
"""The token in place of a stretch that was cut away."""


@dataclass(slots=True)
class Vocabulary:
    """Numbers the tokens of one grouping from 1, so that a pair is never a word and a triple never a pair."""

    texts: list[str] = field(default_factory=lambda: ["", LINE, "…"])
    weights: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    ids: dict[str, int] = field(default_factory=lambda: {LINE: 1})

    def sequence(self, pieces: Sequence[str]) -> tuple[int, ...]:
        """The numbers of these tokens, given as written; tokens that count as the same have the same number."""
        return tuple([self.ids.get(piece) or self._new(piece) for piece in pieces])

    def weight(self, feature: int) -> float:
        """How much a feature says, in words: the mean of its tokens, or half of that for a pair or a triple.

        A single character of a script without spaces says nothing.
        """
        if feature <= _MASK:
            return self.weights[feature] if self.weights[feature] not in SIGN_WEIGHTS else 0.0
        last, middle, first = feature & _MASK, feature >> _BITS & _MASK, feature >> 2 * _BITS
        if not first:
            return (self.weights[middle] + self.weights[last]) / 4
        return (self.weights[first] + self.weights[middle] + self.weights[last]) / 6

    @staticmethod
    def is_triple(feature: int) -> bool:
        """Whether a feature has three tokens; otherwise it is a word or a pair."""
        return feature >> 2 * _BITS > 0

    def _new(self, piece: str) -> int:
        text = folded(piece)
        number = self.ids.get(text)
        if not number:
            self.ids[text] = number = len(self.texts)
            self.texts.append(text)
            self.weights.append(weight(text))
        self.ids[piece] = number
        return number


def triples(sequence: Sequence[int]) -> list[int]:
    """The features of every three tokens in a row, in order."""
    return [a << 2 * _BITS | b << _BITS | c for a, b, c in zip(sequence, sequence[1:], sequence[2:], strict=False)]


def postings(sequences: Sequence[Sequence[int]], at_least: int = MIN_SUPPORT) -> dict[int, int]:
    """Which sequences have each feature that recurs, as the bits of an integer; bit i is the i-th sequence.

    A feature recurs only if its parts do, so pairs are sought among recurring words, and triples among such pairs.

    Args:
        sequences: sequences of tokens' numbers.
        at_least: the least number of sequences that must have a feature.
    """
    words = _having(sequences, at_least)
    kept = [[token if token in words else -1 for token in sequence] for sequence in sequences]
    paired = [[a << _BITS | b if a >= 0 <= b else -1 for a, b in itertools.pairwise(one)] for one in kept]
    pairs = _having(paired, at_least)
    tripled = [
        [p << _BITS | q & _MASK for p, q in itertools.pairwise(one) if p >= 0 <= q and p in pairs and q in pairs]
        for one in paired
    ]
    size = len(sequences)
    return {
        feature: _bits(found, size)
        for having in (words, pairs, _having(tripled, at_least))
        for feature, found in having.items()
    }


def without(postings: Mapping[int, int], silent: AbstractSet[int]) -> Mapping[int, int]:
    """The features that neither are nor contain a silent one."""
    if not silent:
        return postings
    return {feature: bits for feature, bits in postings.items() if silent.isdisjoint(_within(feature))}


def _within(feature: int) -> tuple[int, ...]:
    """A feature and all features within it."""
    if feature <= _MASK:
        return (feature,)
    a, b, c = feature >> 2 * _BITS, feature >> _BITS & _MASK, feature & _MASK
    return (feature, b, c) if not a else (feature, feature >> _BITS, b << _BITS | c, a, b, c)


def shared(sequences: Sequence[Sequence[int]], share: float) -> frozenset[int]:
    """The features of at least this share of the sequences. If there are many, a sample spread over them decides."""
    shown = spread(sequences, _SAMPLE)
    return frozenset(postings(shown, math.ceil(share * len(shown))))


def is_closed(sequences: Sequence[Sequence[int]], vocabulary: Vocabulary) -> bool:
    """Whether each of these sequences consists almost entirely of tokens that most of them use."""
    shown = spread(sequences, _SAMPLE)
    common = _having(shown, math.ceil(_MOST * len(shown)))

    def said(tokens: Iterable[int]) -> float:
        return sum(map(vocabulary.weights.__getitem__, tokens))

    return all(said(filter(common.__contains__, one)) >= _NEARLY_ALL * said(one) for one in shown)


def _having(sequences: Sequence[Sequence[int]], at_least: int) -> dict[int, list[int]]:
    """The sequences of each feature that enough of them have; without -1, which stands for all other features."""
    having: defaultdict[int, list[int]] = defaultdict(list)
    for index, sequence in enumerate(sequences):
        for feature in set(sequence):
            having[feature].append(index)
    having.pop(-1, None)
    return {feature: found for feature, found in having.items() if len(found) >= at_least}


def _bits(indices: Sequence[int], size: int) -> int:
    marks = bytearray(size // 8 + 1)
    for index in indices:
        marks[index >> 3] |= 1 << (index & 7)
    return int.from_bytes(marks, "little")


def members(bits: int) -> list[int]:
    """The positions of the set bits, in order."""
    return [
        8 * at + bit
        for at, byte in enumerate(bits.to_bytes((bits.bit_length() + 7) // 8, "little"))
        if byte
        for bit in range(8)
        if byte >> bit & 1
    ]
