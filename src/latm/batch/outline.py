"""What a file holds before anything is asked: its kinds by wording alone, and what they would take. Pure."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from latm.kinds import Group, grouping, whole
from latm.models.counting import CHARACTERS_PER_TOKEN
from latm.settings import Settings
from latm.task import Instance

REPLY_TOKENS = 100
"""What a reply is taken to have if the file holds no answers."""

MOST = 3_000
"""How many questions are looked at; a sample of a longer file."""


@dataclass(frozen=True, slots=True)
class OutlinedKind:
    """A kind of question in a file.

    Attributes:
        template: its fixed text, with holes for the data.
        questions: how many there are.
        directly: tokens for answering them all directly.
        with_tool: tokens if a tool is made from the first of them and answers all others; None if that does not pay.
    """

    template: str
    questions: float
    directly: float
    with_tool: float | None


@dataclass(frozen=True, slots=True)
class Outline:
    """What a file holds.

    Attributes:
        questions: in all.
        looked_at: how many of them the kinds were found in; the figures are scaled up from them.
        kinds: the largest first.
        loose: questions of no kind.
        sent, received: tokens for answering everything directly.
        with_tools: tokens if every tool that pays is made.
    """

    questions: int
    looked_at: int
    kinds: Sequence[OutlinedKind]
    loose: float
    sent: float
    received: float
    with_tools: float


def outline(instances: Iterable[Instance], settings: Settings) -> Outline:
    """Look over a file.

    Args:
        instances: all of it.
        settings: what a making needs, and is taken to cost.
    """
    kept, count = _sampled(instances)
    scale = count / max(1, len(kept))
    by_scope: defaultdict[str, list[Instance]] = defaultdict(list)
    for instance in kept:
        by_scope[instance.scope.digest].append(instance)
    kinds: list[OutlinedKind] = []
    loose = 0.0
    for asked in by_scope.values():
        questions = [instance.question for instance in asked]
        found = grouping(questions)
        groups = [kind for widest in found.groups for kind in _told_apart(widest)]
        if asked[0].scope.instructions and len(groups) <= 1:
            # Bare data may share no words, and is of the kind that the instructions ask for.
            groups = [whole(questions)]
        else:
            loose += len(found.loose) * scale
        kinds += [_kind(group.template.text, [asked[n] for n in group.members], scale, settings) for group in groups]
    kinds.sort(key=lambda kind: (-kind.questions, kind.template))
    sent, received = (scale * sum(part) for part in zip(*map(_tokens, kept), strict=True)) if kept else (0.0, 0.0)
    saved = sum(kind.directly - kind.with_tool for kind in kinds if kind.with_tool is not None)
    return Outline(count, len(kept), kinds, loose, sent, received, sent + received - saved)


def _told_apart(group: Group) -> Iterator[Group]:
    """The kinds within a group that text tells apart; phrases of documents do not count."""
    if group.is_crossed or not group.parts:
        yield group
    for part in () if group.is_crossed else group.parts:
        yield from _told_apart(part)


def _sampled(instances: Iterable[Instance]) -> tuple[list[Instance], int]:
    """The questions that are looked at, drawn from all of them, in their order; and how many there are in all."""
    rng = random.Random(0)  # noqa: S311  # a draw, no secret
    kept: list[tuple[int, Instance]] = []
    count = 0
    for count, instance in enumerate(instances, start=1):
        if len(kept) < MOST:
            kept.append((count, instance))
        elif (place := rng.randrange(count)) < MOST:
            kept[place] = count, instance
    return [instance for _, instance in sorted(kept, key=lambda each: each[0])], count


def _kind(template: str, asked: Sequence[Instance], scale: float, settings: Settings) -> OutlinedKind:
    each = sum(sum(_tokens(instance)) for instance in asked) / len(asked)
    questions = len(asked) * scale
    first = settings.examples_shown + settings.examples_held_out
    with_tool = first * each + settings.making_tokens
    pays = questions > first and with_tool < questions * each
    return OutlinedKind(template, questions, questions * each, with_tool if pays else None)


def _tokens(instance: Instance) -> tuple[float, float]:
    """Tokens that a direct answer sends and receives, by length."""
    sent = (len(instance.question) + len(instance.scope.instructions)) / CHARACTERS_PER_TOKEN
    received = REPLY_TOKENS if instance.answer is None else max(1.0, len(instance.answer) / CHARACTERS_PER_TOKEN)
    return sent, received
