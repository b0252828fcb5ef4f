"""Seeded generators of questions, written from the tasks' definitions, each with its true answer.

The product knows none of these kinds: only demonstrations, studies and tests may import this package.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from latm import Instance
from latm.errors import NotFoundError
from latm_bench.tasks.generators import (
    business_days,
    chinese_remainder,
    customer_tone,
    dyck_languages,
    error_counts,
    invoice_totals,
    logical_deduction,
    meeting_scheduling,
    phone_numbers,
    shift_rotas,
    time_zones,
    tracking,
    unit_conversion,
    word_sorting,
)
from latm_bench.tasks.generators.kinds import Kind

__all__ = ["KINDS", "VARIANTS", "Kind", "find_kind", "stream"]

KINDS = (
    Kind(logical_deduction.NAME, "which of five objects has a place in their order", logical_deduction.generate),
    Kind(tracking.NAME, "who has what after pairs of five people swapped", tracking.generate),
    Kind(dyck_languages.NAME, "the brackets that close a sequence", dyck_languages.generate),
    Kind(word_sorting.NAME, "words in alphabetical order", word_sorting.generate),
    Kind(chinese_remainder.NAME, "the number that leaves given remainders", chinese_remainder.generate),
    Kind(meeting_scheduling.NAME, "the earliest time at which all are free", meeting_scheduling.generate),
    Kind(invoice_totals.NAME, "what is to be paid for an invoice", invoice_totals.generate),
    Kind(business_days.NAME, "the date some working days later", business_days.generate),
    Kind(unit_conversion.NAME, "a quantity in another unit", unit_conversion.generate),
    Kind(time_zones.NAME, "what a clock shows elsewhere", time_zones.generate),
    Kind(error_counts.NAME, "how many lines of a log have a level and a service", error_counts.generate),
    Kind(phone_numbers.NAME, "a telephone number in international form", phone_numbers.generate),
    Kind(shift_rotas.NAME, "who has which shift in a later week", shift_rotas.generate),
    Kind(customer_tone.NAME, "which of two messages sounds angrier", customer_tone.generate, needs_judgement=True),
)
"""The kinds of the default stream."""

VARIANTS = (Kind(word_sorting.REVERSED_NAME, "words in reverse alphabetical order", word_sorting.generate_reversed),)
"""Kinds with another meaning under nearly the same words; never in the default stream."""


def stream(seed: int, count: int, kinds: Sequence[Kind] | None = None) -> Iterator[Instance]:
    """Yield exactly `count` different questions, shuffled over the kinds, with the ids 1 to `count`.

    There are equally many questions of each kind, give or take one.

    Args:
        seed: the same seed gives the same stream, on every machine.
        count: how many questions.
        kinds: which kinds take part; None: `KINDS`.
    """
    sources = [kind.instances(seed) for kind in (KINDS if kinds is None else kinds)]
    turns = [number % len(sources) for number in range(count)]
    random.Random(f"stream {seed}").shuffle(turns)  # noqa: S311  # questions, not secrets
    for number, turn in enumerate(turns, start=1):
        yield replace(next(sources[turn]), id=str(number))


def find_kind(name: str) -> Kind:
    """Return the kind or variant of that name.

    Raises:
        NotFoundError: there is none.
    """
    kinds = {kind.name: kind for kind in (*KINDS, *VARIANTS)}
    if name not in kinds:
        raise NotFoundError(f"There is no kind named {name}.", hint=f"Known are {', '.join(kinds)}.")
    return kinds[name]
