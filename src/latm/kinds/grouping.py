"""Grouping in retrospect: the whole buffer is divided by the fixed text that occurs together.

What all questions of a set share (a preamble) is cut away. What hardly recurs (data) is ignored.
Blocks of features that divide the set consistently divide it, and each part is then divided by itself.
"""

import functools
import math
import operator
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from latm.kinds.blocks import Block, are_crossed, blocks, cover, dividing, is_data, own_weight, silent, strangers
from latm.kinds.features import (
    GAP,
    MIN_SUPPORT,
    Vocabulary,
    is_closed,
    members,
    postings,
    shared,
    triples,
    without,
)
from latm.kinds.frame import Frame, Line, frame, line
from latm.kinds.sampling import spread
from latm.kinds.template import Template, template
from latm.kinds.tokens import MAX_CHARACTERS, pieces
from latm.kinds.typography import canonical

_SHARED = 0.9
_SHORTEST_CUT = 4
_LEAST_WEIGHT = 1.1
_LEAST_WEIGHT_WITHIN = 0.4
_LEAST_WEIGHT_REST = 1.8
_SAMPLE = 20
_SHOWN = 10
_DEEPEST = 8
_OWN, _SENTENCE = 2.0, 5.0
_BESIDE = 1 / 6
"""The text between the data of all questions is slight if it is less than this share of the text of the parts. It is
0.08 to 0.18 for several kinds, 0.2 and more for variants of one, in questions of BIG-Bench Hard and generators."""
_LIKELY, _UNLIKELY = 0.6, 0.1
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffd]")
_Sequence = tuple[int, ...]
_LOOKED_AT, _LONG, _VARIED, _STRANGE = 2_000, 40, 5, 0.1


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that share fixed text.

    Attributes:
        members: the indices of its questions, in order.
        template: its fixed text, without the boilerplate of the wider groups around it.
        parts: the narrower groups that text alone tells apart: several kinds, or variants of one kind.
        own: how much fixed text stands between the data of its questions, in words; a preamble does not count.
        is_crossed: whether most of the recurring text cuts across its parts, as phrases of documents do.
    """

    members: tuple[int, ...]
    template: Template
    parts: tuple["Group", ...] = ()
    own: float = 0.0
    is_crossed: bool = False

    @property
    def name(self) -> str:
        """A short name from the template, in its own script."""
        return self.template.name

    @property
    def may_be_one(self) -> bool:
        """Whether the group is likely enough to be one kind with variants that one making for all of it comes first.

        If it is not one kind, that costs one making. If it is, that saves one making for each part but one.
        """
        finest = list(self.finest())
        apart = sum(one.template.words for one in finest) / len(finest)
        likely = _LIKELY if self.own >= max(_OWN, _BESIDE * apart) or self.is_crossed else _UNLIKELY
        return not self.parts or len(finest) * likely > 1

    def all(self) -> Iterator["Group"]:
        """The group itself and all narrower groups, the wider before the narrower."""
        yield self
        for part in self.parts:
            yield from part.all()

    def finest(self) -> Iterator["Group"]:
        """The groups within it that have no parts, or the group itself."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.finest()


@dataclass(frozen=True, slots=True)
class Grouping:
    """How a buffer's questions belong together.

    Attributes:
        groups: the widest groups; each divides into its parts.
        loose: the indices of the questions in no group: one-off questions, and texts that say nothing.
    """

    groups: tuple[Group, ...]
    loose: tuple[int, ...]

    def finest(self) -> list[Group]:
        """The narrowest groups, the largest first."""
        found = [leaf for one in self.groups for leaf in one.finest()]
        return sorted(found, key=lambda leaf: (-len(leaf.members), leaf.members))


def group(questions: Sequence[str]) -> list[Group]:
    """The groups of questions that share their own fixed text, divided as finely as text allows, largest first.

    Args:
        questions: the whole buffer, in any order.
    """
    return grouping(questions).finest()


def grouping(questions: Sequence[str]) -> Grouping:
    """Divide a buffer, from the coarsest groups to the finest.

    Args:
        questions: the whole buffer, in any order. Copies of one question count once and stay together.
    """
    copies: defaultdict[str, list[int]] = defaultdict(list)
    for index, question in enumerate(questions):
        copies[_key(question)].append(index)
    texts = sorted(text for text in copies if _says_something(text))
    originals = [questions[copies[text][0]] for text in texts]
    root = _Divider(originals).divide()
    expand = _Expansion(originals, [copies[text] for text in texts])
    groups = expand.widest(root)
    grouped = {index for one in groups for index in one.members}
    return Grouping(groups, tuple(index for index in range(len(questions)) if index not in grouped))


def whole(questions: Sequence[str]) -> Group:
    """All questions as one group, for requests with separate instructions, such as a system message.

    Its parts are what text tells apart; evidence may split the group along them.

    Args:
        questions: the whole buffer of one scope; at least one.
    """
    found = grouping(questions)
    parts = found.groups if len(found.groups) != 1 else found.groups[0].parts
    shown = template([line(question) for question in spread(questions, _SAMPLE)], Frame())
    return Group(tuple(range(len(questions))), shown, parts, math.inf)


def _key(question: str) -> str:
    """A key that copies of a question share; of a long one its two ends and a checksum."""
    if len(question) <= MAX_CHARACTERS:
        return canonical(question).casefold()
    ends = question[: MAX_CHARACTERS // 2], question[-MAX_CHARACTERS // 2 :]
    return f"{canonical(ends[0])}{canonical(ends[1])}{zlib.crc32(question.encode(errors='surrogatepass'))}".casefold()


def _says_something(text: str) -> bool:
    """Whether a text is not empty, not binary and not just a few characters repeated."""
    head = text[:_LOOKED_AT]
    repeats = len(head) > _LONG and len(set(head)) < _VARIED
    return bool(head.strip()) and len(_CONTROL.findall(head)) <= _STRANGE * len(head) and not repeats


@dataclass(slots=True)
class _Node:
    """A set of questions on the way to a group.

    Attributes:
        indices: the positions of its questions among the distinct ones.
        weight: the weight of the text that they share, beyond what the wider sets share.
        own: how much of that stands between the data, in words.
        parts: the narrower sets.
        is_rest: whether it holds the questions that no block of the wider set explains.
        is_closed: whether its questions consist of a few words or signs, as expressions do.
        is_crossed: whether most of the recurring text cuts across its parts.
    """

    indices: list[int]
    weight: float = 0.0
    own: float = 0.0
    parts: list["_Node"] = field(default_factory=list)
    is_rest: bool = False
    is_closed: bool = False
    is_crossed: bool = False


@dataclass(frozen=True, slots=True)
class _Task:
    """How to divide a set.

    Attributes:
        least: the least weight of a block that divides.
        silent: features that say nothing here.
        depth: how many times the buffer was divided to get here.
        is_within: whether the set is a group; otherwise it is the buffer, or what no block of it explains.
    """

    least: float = _LEAST_WEIGHT
    silent: frozenset[int] = frozenset()
    depth: int = 0
    is_within: bool = False


class _Divider:
    def __init__(self, questions: Sequence[str]) -> None:
        self._vocabulary = Vocabulary()
        self._sequences = [self._vocabulary.sequence(pieces(one)) for one in questions]

    def divide(self) -> _Node:
        return self._divided(list(range(len(self._sequences))), self._sequences, _Task())

    def _divided(self, indices: list[int], sequences: Sequence[_Sequence], task: _Task) -> _Node:
        """Cut away what all of these questions share, and divide them by what some of them share."""
        node = _Node(indices)
        if len(indices) < MIN_SUPPORT:
            return node
        frame = shared(sequences, _SHARED)
        node.weight = sum(map(self._vocabulary.weight, frame))
        if len(indices) < 2 * MIN_SUPPORT or task.depth == _DEEPEST:
            return node
        if apart := strangers(sequences, frame, self._vocabulary):
            self._part_from(node, sequences, apart, replace(task, depth=task.depth + 1))
            return node
        stretches = frozenset(filter(Vocabulary.is_triple, frame))
        cut = [_without(sequence, stretches) for sequence in sequences]
        left = without(postings(cut), task.silent)
        node.own = self._own(sequences, stretches)
        self._divide(node, cut, left, replace(task, least=max(task.least, node.own)) if task.is_within else task)
        return node

    def _part_from(self, node: _Node, sequences: Sequence[_Sequence], apart: int, task: _Task) -> None:
        """Part a set that is nearly all of one kind: what they share belongs to that kind and is not boilerplate."""
        most = ((1 << len(sequences)) - 1) & ~apart
        node.parts.append(self._part(node, sequences, most, replace(task, least=_LEAST_WEIGHT_WITHIN, is_within=True)))
        self._add_rest(node, sequences, apart, replace(task, least=_LEAST_WEIGHT, is_within=False))

    def _divide(self, node: _Node, cut: Sequence[_Sequence], having: Mapping[int, int], task: _Task) -> None:
        """Give a node its parts: one for each block, and one for the rest."""
        count = len(node.indices)
        chosen, across = dividing(blocks(having, count, self._vocabulary, task.least), count)
        parts = _parts(chosen)
        rest = ((1 << count) - 1) & ~functools.reduce(operator.or_, parts, 0)
        said = rest.bit_count() if own_weight(having, rest, self._vocabulary) >= _OWN else 0
        if not parts or (task.is_within and (is_data(chosen, across) or not cover(chosen, count, said))):
            return
        node.is_crossed = are_crossed(chosen, across)
        task = replace(task, silent=task.silent | silent(across, chosen, [*parts, rest]), depth=task.depth + 1)
        within = replace(task, least=_LEAST_WEIGHT_WITHIN, is_within=True)
        for part in parts:
            node.parts.append(self._part(node, cut, part, within))
        if rest:
            self._add_rest(node, cut, rest, task)

    def _add_rest(self, node: _Node, sequences: Sequence[_Sequence], rest: int, task: _Task) -> None:
        other = self._part(node, sequences, rest, task)
        other.is_rest = True
        other.is_closed = is_closed([sequences[at] for at in members(rest)], self._vocabulary)
        node.parts.extend([other] if task.is_within or not other.parts else other.parts)

    def _part(self, node: _Node, cut: Sequence[_Sequence], part: int, task: _Task) -> _Node:
        at = members(part)
        return self._divided([node.indices[one] for one in at], [cut[one] for one in at], task)

    def _own(self, sequences: Sequence[_Sequence], frame: frozenset[int]) -> float:
        """How much fixed text stands between the data of these questions, in words, without its heaviest stretch.

        A kind's frame continues after its data; a preamble, or an instruction without holes, is one stretch.
        """
        shown = spread(sequences, _SAMPLE)
        total = 0.0
        for sequence in shown:
            runs = sorted({sequence[start:end] for start, end in _runs(sequence, frame)}, key=self._weight)
            total += self._weight({token for run in runs[:-1] for token in run})
        return total / len(shown)

    def _weight(self, tokens: Iterable[int]) -> float:
        return sum(self._vocabulary.weights[token] for token in tokens)


def _runs(sequence: _Sequence, frame: frozenset[int]) -> Iterator[tuple[int, int]]:
    """The stretches of fixed text in a sequence: three tokens or more."""
    if not frame:
        return
    start = end = -1
    for at, found in enumerate(map(frame.__contains__, triples(sequence))):
        if found:
            if at > end:
                if end > start:
                    yield start, end
                start = at
            end = at + 3
    if end > start:
        yield start, end


def _without(sequence: _Sequence, frame: frozenset[int]) -> _Sequence:
    """A sequence with a gap for every stretch of fixed text; shorter stretches may be chance and stay."""
    result: list[int] = []
    kept = 0
    for start, end in _runs(sequence, frame):
        if end - start >= _SHORTEST_CUT:
            result.extend(sequence[kept:start])
            result.append(GAP)
            kept = end
    return (*result, *sequence[kept:])


def _parts(chosen: Sequence[Block]) -> list[int]:
    """Disjoint sets of questions, one for each block. A question with several blocks belongs to the heaviest."""
    parts = []
    taken = 0
    for block in sorted(chosen, key=lambda one: -one.weight):
        part = block.bits & ~taken
        taken |= part
        if part.bit_count() >= MIN_SUPPORT:
            parts.append(part)
    return parts


class _Expansion:
    """Turns nodes over distinct questions into groups over all questions."""

    def __init__(self, originals: Sequence[str], copies: Sequence[Sequence[int]]) -> None:
        self._originals = originals
        self._copies = copies
        self._lines: dict[int, Line] = {}

    def widest(self, root: _Node) -> tuple[Group, ...]:
        """The buffer as one group if it may be one kind; otherwise its parts."""
        if not root.parts:
            holds = len(root.indices) >= MIN_SUPPORT and root.weight >= _LEAST_WEIGHT
            return (self._group(root, Frame()),) if holds else ()
        has_rest = any(part.is_rest for part in root.parts)
        group = self._group(root, Frame())
        whole = group.is_crossed or (root.own >= _OWN and not has_rest)
        return (group,) if whole else tuple(self._narrower(root))

    def _narrower(self, node: _Node) -> Iterator[Group]:
        """The groups within a node. A rest without shared text is not one, unless the node may be a kind."""
        around = frame(self._sample(node))
        for part in node.parts:
            says = part.weight >= _LEAST_WEIGHT_REST or node.own >= _OWN or part.is_closed
            enough = len(part.indices) >= MIN_SUPPORT and says
            if part.parts or not part.is_rest or enough:
                yield self._group(part, around)

    def _group(self, node: _Node, around: Frame) -> Group:
        members = sorted(index for one in node.indices for index in self._copies[one])
        parts = tuple(self._narrower(node)) if node.parts else ()
        shown = template(self._sample(node), around)
        # Long documents share single words by chance; only a whole sentence is an instruction over them.
        is_crossed = node.is_crossed and shown.words >= _SENTENCE
        return Group(tuple(members), shown, parts if len(parts) > 1 else (), node.own, is_crossed)

    def _sample(self, node: _Node) -> list[Line]:
        """A sample spread over a node's questions; most are read several times, in groups within groups."""
        return [self._line(one) for one in spread(node.indices, _SHOWN)]

    def _line(self, index: int) -> Line:
        if index not in self._lines:
            self._lines[index] = line(self._originals[index])
        return self._lines[index]
