"""Blocks: features that occur together, and which of them divide a set of questions."""

import heapq
import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from latm.kinds.features import MIN_SUPPORT, Vocabulary, members, postings, triples

_MOST_CLASSES = 1_500
_MOST_BLOCKS = 200
_ALIKE = 0.8
_TOLERANCE = 0.1
_HALF = 30.0
_ALL = 0.9
_SPREAD = 0.6
_FAIR = 0.3
_SLIGHT = 5.0
_FEW_VALUES = 8
_FEW = 3.0
_OVERLAP = 0.05
_LACKING = 1.5
_STRANGE = 3.0
_SENTENCES = 16.0
_COVER = ((10.0, 0.6), (6.0, 0.8), (3.5, 0.9), (1.2, 0.97))
_CHANCE, _MANY, _CROSSED = 6.0, 5, 5.0


@dataclass(frozen=True, slots=True)
class Block:
    """Fixed text that some of the questions share.

    Attributes:
        bits: the questions that have it, as bits.
        size: how many questions have it.
        weight: how much text it is, in words (with its pairs and triples, about twice as many).
        features: its features, heaviest first.
    """

    bits: int
    size: int
    weight: float
    features: tuple[int, ...]


def blocks(postings: Mapping[int, int], count: int, vocabulary: Vocabulary, at_least: float) -> list[Block]:
    """The blocks that some but not all of the questions have, heaviest first.

    Args:
        postings: which questions have each feature.
        count: how many questions there are.
        vocabulary: the vocabulary of the features.
        at_least: the least weight of a block of many questions; a block of three needs twice that.
    """
    classes = _classes(postings, count, vocabulary)
    return [block for block in _merged(classes) if block.weight >= at_least * (1 + _FEW / block.size)]


def _classes(postings: Mapping[int, int], count: int, vocabulary: Vocabulary) -> list[Block]:
    """Classes of features that exactly the same questions have, heaviest first."""
    alike: defaultdict[int, list[int]] = defaultdict(list)
    for feature, bits in postings.items():
        alike[bits].append(feature)
    found = []
    for bits, features in alike.items():
        size = bits.bit_count()
        if size <= _ALL * count and (weight := sum(map(vocabulary.weight, features))):
            found.append((weight * size**0.5, bits, size, weight, features))
    return [
        Block(bits, size, weight, tuple(features))
        for _, bits, size, weight, features in heapq.nlargest(_MOST_CLASSES, found)
    ]


def _merged(classes: Sequence[Block]) -> Iterator[Block]:
    """Merge classes whose questions nearly coincide, from the heaviest on."""
    by_size: defaultdict[int, list[Block]] = defaultdict(list)
    for one in classes:
        by_size[one.size].append(one)
    taken: set[int] = set()
    merged: list[Block] = []
    for seed in classes:
        if seed.bits in taken:
            continue
        window = range(math.ceil(_ALIKE * seed.size), math.floor(seed.size / _ALIKE) + 1)
        near = [one for size in window for one in by_size.get(size, ()) if _jaccard(seed, one) >= _ALIKE]
        near = [one for one in near if one.bits not in taken]
        near.sort(key=lambda one: one is not seed)
        taken.update(one.bits for one in near)
        merged.append(_union(near))
        if len(merged) == _MOST_BLOCKS:
            break
    return iter(sorted(merged, key=lambda block: -block.weight * block.size**0.5))


def _jaccard(one: Block, other: Block) -> float:
    both = (one.bits & other.bits).bit_count()
    return both / (one.size + other.size - both)


def _union(near: Sequence[Block]) -> Block:
    """One block of several classes: the questions that have at least half of it."""
    weight = sum(one.weight for one in near)
    features = tuple(feature for one in near for feature in one.features)
    if len(near) == 1 or near[0].weight >= weight / 2:
        return Block(near[0].bits, near[0].size, weight, features)
    bits = _majority(near, weight)
    return Block(bits, bits.bit_count(), weight, features)


def _majority(near: Sequence[Block], weight: float) -> int:
    shares: defaultdict[int, float] = defaultdict(float)
    core = near[0].bits
    for one in near[1:]:
        core &= one.bits
    for one in near:
        rest = one.bits & ~core
        while rest:
            low = rest & -rest
            shares[low] += one.weight
            rest ^= low
    return core | sum(bit for bit, share in shares.items() if share >= weight / 2)


def compatible(one: Block, other: Block) -> bool:
    """Whether two blocks are disjoint or one is within the other, except for a tenth of the smaller."""
    both, smaller = (one.bits & other.bits).bit_count(), min(one.size, other.size)
    return both <= _TOLERANCE * smaller or both >= (1 - _TOLERANCE) * smaller


def dividing(found: Sequence[Block], count: int) -> tuple[list[Block], list[Block]]:
    """The blocks that divide the questions consistently, the widest first, and the blocks that cut across these.

    Kinds are disjoint and cover the questions; data, and optional parts of a preamble, cut across
    kinds and across each other. So the most informative family of disjoint blocks decides, and every block that
    is compatible with all of it stays.

    Args:
        found: blocks, heaviest first.
        count: how many questions there are.
    """
    family = _most_telling(found, count)
    if slight := [block for block in family if _is_chance(block, found)]:
        chosen, others = dividing([block for block in found if block not in slight], count)
        return chosen, [*others, *slight]
    laminar = list(family)
    across: list[Block] = []
    for block in found:
        if block not in family:
            fits = all(compatible(block, other) for other in laminar) and block.weight >= _within(block, family) / 2
            (laminar if fits else across).append(block)
    return _widest(laminar), across


def _is_chance(block: Block, found: Sequence[Block]) -> bool:
    """Whether a block is only a word or two, while most of its questions share whole sentences."""
    return any(
        block.size / 2 < other.size < block.size
        and other.weight >= _SENTENCES * block.weight
        and (other.bits & block.bits).bit_count() >= (1 - _TOLERANCE) * other.size
        for other in found
    )


def _family(seed: Block, found: Sequence[Block]) -> list[Block]:
    """Disjoint blocks, taken greedily, beginning with the seed."""
    family, covered = [seed], seed.bits
    for block in found:
        if (block.bits & covered).bit_count() <= _OVERLAP * block.size:
            family.append(block)
            covered |= block.bits
    return family


def _within(block: Block, family: Sequence[Block]) -> float:
    """The mean weight of the blocks within a block. A block around kinds that is lighter than they are is chance."""
    weights = [one.weight for one in family if one.size < block.size and one.bits & block.bits]
    return sum(weights) / max(len(weights), 1)


def _information(family: Sequence[Block], count: int) -> float:
    """How many bits a family tells about a question that it covers; light blocks count less."""
    bits = covered = 0.0
    for block in family:
        share = block.size / count
        mass = block.weight * math.sqrt(block.size)
        bits += share * math.log2(1 / share) * mass / (mass + _HALF)
        covered += share
    return bits * min(covered, 1.0) ** 2


def _widest(laminar: Sequence[Block]) -> list[Block]:
    """The blocks that are not within another."""
    widest: list[Block] = []
    covered = 0
    for block in sorted(laminar, key=lambda one: (-one.size, -one.weight)):
        if (block.bits & covered).bit_count() <= _TOLERANCE * block.size:
            widest.append(block)
            covered |= block.bits
    return widest


def is_data(chosen: Sequence[Block], across: Sequence[Block]) -> bool:
    """Whether many small blocks are phrases of the data, because as much other text cuts across them."""
    size, other = (sum(block.size for block in blocks) for blocks in (chosen, across))
    return len(chosen) >= _MANY and size < 2 * MIN_SUPPORT * len(chosen) and other >= size


def are_crossed(chosen: Sequence[Block], across: Sequence[Block]) -> bool:
    """Whether most of the recurring text cuts across the blocks: they may be phrases of documents like the rest.

    In 9 to 120 letters under one instruction, sentences cut across each other with 5 to 14 times the
    text. Mails with a header, a greeting and quotes reach at most 5 times across their instructions, other kinds 2.
    """
    text, other = (sum(block.size * block.weight for block in blocks) for blocks in (chosen, across))
    return other >= _CROSSED * text


def cover(chosen: Sequence[Block], count: int, said: int) -> bool:
    """Whether blocks cover enough of a group to divide it. The lighter they are, the more they must cover.

    Args:
        chosen: the blocks.
        count: how many questions the group has.
        said: how many questions without a block have their own wording, and so count as covered.
    """
    size = sum(block.size for block in chosen)
    weight = sum(block.size * block.weight for block in chosen) / size
    if weight * math.sqrt(size / len(chosen)) < _CHANCE:
        return False
    return size + said >= _interpolated(weight) * count


def _interpolated(weight: float) -> float:
    """The share of a group that blocks of this weight must cover, interpolated linearly between those of `_COVER`."""
    for (heavy, less), (slight, more) in itertools.pairwise(_COVER):
        if weight >= slight:
            return less + (more - less) * max(heavy - weight, 0.0) / (heavy - slight)
    return math.inf


def own_weight(postings: Mapping[int, int], rest: int, vocabulary: Vocabulary) -> float:
    """How much wording the questions without a block share that the others lack."""
    size = rest.bit_count()
    return sum(
        vocabulary.weight(feature)
        for feature, bits in postings.items()
        if size and (bits & rest).bit_count() >= _ALL * max(size, bits.bit_count())
    )


def strangers(sequences: Sequence[Sequence[int]], frame: Iterable[int], vocabulary: Vocabulary) -> int:
    """The few questions that lack what nearly all share and have their own wording instead.

    Questions that lack it but are otherwise worded like the others only come without a preamble or a sentence.

    Args:
        sequences: of all questions.
        frame: the features that nearly all questions share.
        vocabulary: the vocabulary of the features.
    """
    stretches = {feature for feature in frame if vocabulary.is_triple(feature)}
    if not stretches:
        return 0
    lacking = [sum(map(vocabulary.weight, stretches.difference(triples(one)))) >= _LACKING for one in sequences]
    few = sum(1 << at for at, lacks in enumerate(lacking) if lacks)
    if few.bit_count() < MIN_SUPPORT:
        return 0
    said = [0.0] * len(sequences)
    for feature, bits in postings(sequences).items():
        own, weight = bits & few, vocabulary.weight(feature)
        if weight and own.bit_count() >= max(MIN_SUPPORT, _ALL * bits.bit_count()):
            for at in members(own):
                said[at] += weight
    return few if sum(one >= _STRANGE for one in said) >= few.bit_count() / 2 else 0


def silent(across: Sequence[Block], chosen: Sequence[Block], parts: Sequence[int]) -> set[int]:
    """The features that say nothing more within the parts: those of blocks that nearly every part has some of.

    Examples are sentences of documents, optional preambles, and the day or a name in a preamble. So are the second
    phrase of instructions that combine several, and instructions under several preambles. These must still divide: they
    are lighter than what divides already, disjoint, together cover everything, and are either heavy or many.
    """
    heavy = sum(block.size * block.weight for block in chosen) / sum(block.size for block in chosen)
    count = sum(part.bit_count() for part in parts)
    spread = [block for block in across if _independent(block, parts)]
    features = {feature for block in spread for feature in block.features}
    lighter = [block for block in spread if block.weight < heavy]
    while lighter:
        family = _most_telling(lighter, count)
        covered = sum(block.size for block in family)
        weight = sum(block.size * block.weight for block in family) / covered
        if covered >= _ALL * count and (weight >= _SLIGHT or len(family) >= max(len(chosen), _FEW_VALUES)):
            features -= {feature for block in family for feature in block.features}
        lighter = [block for block in lighter if block not in family]
    return features


def _most_telling(found: Sequence[Block], count: int) -> list[Block]:
    return max((_family(seed, found) for seed in found), key=lambda one: _information(one, count), default=[])


def _independent(block: Block, parts: Sequence[int]) -> bool:
    """Whether nearly every part has some of a block, and no part has it throughout."""
    total = sum(part.bit_count() for part in parts)
    share = block.size / total
    mixed = 0
    for part in parts:
        size = part.bit_count()
        if _FAIR * share * size <= (part & block.bits).bit_count() < (1 - _TOLERANCE) * size:
            mixed += size
    return mixed >= _SPREAD * total
