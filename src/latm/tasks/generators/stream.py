"""One shuffled stream of questions over many kinds, as they would reach a pipeline."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from latm.task import Instance
from latm.tasks.generators.kinds import Kind


def shuffled(kinds: Sequence[Kind], seed: int, count: int) -> Iterator[Instance]:
    """Yield `count` different questions, equally many of each kind (give or take one), with the ids 1 to `count`.

    Args:
        kinds: which kinds take part.
        seed: the same seed gives the same stream, on every machine.
        count: how many questions.
    """
    sources = [kind.instances(seed) for kind in kinds]
    turns = [number % len(kinds) for number in range(count)]
    random.Random(f"stream {seed}").shuffle(turns)  # noqa: S311  # questions, not secrets
    for number, turn in enumerate(turns, start=1):
        yield replace(next(sources[turn]), id=str(number))
