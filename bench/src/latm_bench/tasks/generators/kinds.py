"""What a generated kind of question is, and how its questions are drawn."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from latm import Instance
from latm.errors import InputError

MAX_REPEATS = 1_000


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of question with a generator of its own.

    Attributes:
        name: unique among the kinds; every instance carries it as its task.
        summary: in one line, what is asked.
        generate: one instance from a source of randomness, with the true answer and the task, without an id.
        needs_judgement: whether the truth is an editor's label, which no program derives from the text.
    """

    name: str
    summary: str
    generate: Callable[[random.Random], Instance]
    needs_judgement: bool = False

    def instances(self, seed: int) -> Iterator[Instance]:
        """Yield different questions without end; the same ones for the same seed, on every machine.

        Raises:
            InputError: the kind has no more questions that were not yet given.
        """
        # A text seeds through SHA-512, so kinds are independent of each other; hash() would differ between runs.
        rng = random.Random(f"{self.name} {seed}")  # noqa: S311  # questions, not secrets
        seen: set[str] = set()
        repeats = 0
        while repeats < MAX_REPEATS:
            instance = self.generate(rng)
            if instance.question in seen:
                repeats += 1
                continue
            seen.add(instance.question)
            repeats = 0
            yield instance
        raise InputError(
            f"The kind {self.name} has hardly more than {len(seen):,} different questions.", hint="Ask for fewer."
        )
