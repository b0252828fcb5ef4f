"""Splitting on evidence: forms of answers, a tool that answers a part, the maker's word on what belongs together."""

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence

from latm.kinds.frame import Line, frame, line
from latm.kinds.grouping import Group
from latm.kinds.template import template

_CLEAR = 0.8
_SURE = 0.95
_FEWEST = 3


def split(questions: Sequence[str], group: Group, labels: Mapping[int, Hashable]) -> list[Group]:
    """Divide a group by what is known about some of its questions.

    Args:
        questions: the buffer that the group's indices refer to.
        group: what to divide.
        labels: for some of the members, the part that each belongs to: the number of the maker's set, whether a tool
            answered it, the form of its answer. The others go with their finest group if its labels agree, otherwise
            with the part of the most similar wording.

    Returns:
        One group for each label, the largest first; the group itself if there are fewer than two labels.
    """
    known = {index: label for index, label in labels.items() if index in set(group.members)}
    if len(set(known.values())) < 2:  # noqa: PLR2004  # one label divides nothing
        return [group]
    lines = {index: line(questions[index]) for index in group.members}
    known |= _spread(group, known)
    known |= _most_alike(lines, known)
    sets: defaultdict[Hashable, list[int]] = defaultdict(list)
    for index in group.members:
        sets[known[index]].append(index)
    around = frame(list(lines.values()))
    found = [
        Group(
            tuple(members),
            template([lines[index] for index in members], around),
            tuple(_parts(group, members)),
            group.own,
        )
        for members in sets.values()
    ]
    return sorted(found, key=lambda one: (-len(one.members), one.members))


def _parts(group: Group, members: Sequence[int]) -> Iterator[Group]:
    """The finest groups within these members, if there are several."""
    inside = set(members)
    parts = [leaf for leaf in group.finest() if inside.issuperset(leaf.members)]
    return iter(parts if len(parts) > 1 else ())


def _spread(group: Group, known: Mapping[int, Hashable]) -> dict[int, Hashable]:
    """The labels of the members of finest groups whose labels all agree."""
    found: dict[int, Hashable] = {}
    for leaf in group.finest():
        labels = {known[index] for index in leaf.members if index in known}
        if len(labels) == 1:
            found |= dict.fromkeys(leaf.members, labels.pop())
    return found


def _most_alike(lines: Mapping[int, Line], known: Mapping[int, Hashable]) -> dict[int, Hashable]:
    """The most likely label of each question without one: naive Bayes over words and pairs, smoothed by a half."""
    counts: defaultdict[Hashable, Counter[tuple[str, ...]]] = defaultdict(Counter)
    sizes = Counter(known.values())
    for index, label in known.items():
        counts[label].update(_traits(lines[index]))
    core = sorted(
        {trait for label, count in counts.items() for trait, n in count.items() if n >= _CLEAR * sizes[label]}
    )

    def likelihood(label: Hashable, traits: set[tuple[str, ...]]) -> float:
        count, size = counts[label], sizes[label]
        having = (count[trait] if trait in traits else size - count[trait] for trait in core)
        return sum(math.log((one + 0.5) / (size + 1)) for one in having)

    order = sorted(sizes, key=lambda label: (-sizes[label], str(label)))
    found: dict[int, Hashable] = {}
    for index, one in lines.items():
        if index not in known:
            traits = _traits(one)
            found[index] = max(order, key=lambda label: likelihood(label, traits))  # called at once
    return found


def _traits(line: Line) -> set[tuple[str, ...]]:
    return {*((text,) for text in line.texts), *zip(line.texts, line.texts[1:], strict=False)}


def by_form(questions: Sequence[str], group: Group, forms: Mapping[int, Hashable]) -> dict[int, Hashable]:
    """The labels that the forms of answers give to a group's questions; empty if the forms do not divide it.

    Forms divide only along wordings, because one kind may have answers of two forms ("12", "none"). A finest group has
    the form of four fifths of its answers. A group that text does not divide is divided if a word or pair of words is
    in nearly all questions of one form and in hardly any other.

    Args:
        questions: the buffer that the group's indices refer to.
        group: the group that may be divided.
        forms: the forms of the answers to its members, as far as they are known.
    """
    leaves = list(group.finest())
    if len(leaves) == 1:
        return _by_wording(questions, {index: forms[index] for index in group.members if index in forms})
    found: dict[int, Hashable] = {}
    for leaf in leaves:
        counts = Counter(forms[index] for index in leaf.members if index in forms)
        if counts:
            form, count = counts.most_common(1)[0]
            found |= dict.fromkeys(leaf.members, form) if count >= _CLEAR * counts.total() else {}
    return found if len(set(found.values())) > 1 else {}


def _by_wording(questions: Sequence[str], forms: Mapping[int, Hashable]) -> dict[int, Hashable]:
    sizes = Counter(forms.values())
    having: defaultdict[tuple[str, ...], Counter[Hashable]] = defaultdict(Counter)
    for index, form in forms.items():
        for trait in _traits(line(questions[index])):
            having[trait][form] += 1
    marked = {form for form in sizes if any(_marks(counts, form, sizes) for counts in having.values())}
    clear = len(sizes) > 1 and min(sizes.values()) >= _FEWEST and len(sizes) - len(marked) <= 1
    return dict(forms) if clear else {}


def _marks(counts: Counter[Hashable], form: Hashable, sizes: Counter[Hashable]) -> bool:
    """Whether a wording is in nearly all questions of one form and in hardly any other."""
    here, elsewhere = counts[form], counts.total() - counts[form]
    return here >= _SURE * sizes[form] and elsewhere <= (1 - _SURE) * (sizes.total() - sizes[form])
