"""Seeded generators of questions, written from the tasks' definitions, each with its true answer.

The product knows none of these kinds: only demonstrations, studies and tests may import this package.
"""

from collections.abc import Iterator, Sequence

from latm.task import Instance
from latm.tasks.generators import (
    chinese_remainder,
    dyck_languages,
    logical_deduction,
    meeting_scheduling,
    tracking,
    word_sorting,
)
from latm.tasks.generators.kinds import Kind
from latm.tasks.generators.stream import shuffled

__all__ = ["KINDS", "VARIANTS", "Kind", "stream"]

KINDS = (
    Kind(logical_deduction.NAME, "which of five objects has a place in their order", logical_deduction.generate),
    Kind(tracking.NAME, "who has what after pairs of five people swapped", tracking.generate),
    Kind(dyck_languages.NAME, "the brackets that close a sequence", dyck_languages.generate),
    Kind(word_sorting.NAME, "words in alphabetical order", word_sorting.generate),
    Kind(chinese_remainder.NAME, "the number that leaves given remainders", chinese_remainder.generate),
    Kind(meeting_scheduling.NAME, "the earliest time at which all are free", meeting_scheduling.generate),
)
"""The kinds of the default stream."""

VARIANTS = (Kind(word_sorting.REVERSED_NAME, "words in reverse alphabetical order", word_sorting.generate_reversed),)
"""A kind in other words, and a kind with another meaning under nearly the same words; never in the default stream."""


def stream(seed: int, count: int, kinds: Sequence[Kind] | None = None) -> Iterator[Instance]:
    """Yield exactly `count` different questions, shuffled over the kinds, with the ids 1 to `count`.

    Args:
        seed: the same seed gives the same stream, on every machine.
        count: how many questions.
        kinds: which kinds take part; None: `KINDS`.
    """
    return shuffled(KINDS if kinds is None else kinds, seed, count)
