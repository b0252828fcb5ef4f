"""The original paper's split of a task: a few items for making, a few for verifying, the rest is the test."""

from collections.abc import Iterable
from dataclasses import dataclass

from latm import Example, Instance
from latm.errors import InputError


@dataclass(frozen=True, slots=True)
class Split:
    """A task's items by what they may be used for; no item has two uses.

    Attributes:
        making: what the proposal is shown.
        verifying: what a proposed tool must answer without having been shown it.
        test: what it is scored on.
    """

    making: tuple[Instance, ...]
    verifying: tuple[Instance, ...]
    test: tuple[Instance, ...]

    @property
    def examples(self) -> tuple[Example, ...]:
        """The items for making, then those for verifying, as gold examples."""
        used = (*self.making, *self.verifying)
        return tuple(Example(item.question, item.answer) for item in used if item.answer is not None)


def paper_split(items: Iterable[Instance], *, pool: int = 5, used: int = 3) -> Split:
    """Split a task as in arXiv 2305.17126: items 0 to 4 for making, 5 to 9 for verifying, all from 10 on for the test.

    Args:
        items: the task's items in their published order.
        pool: how many items stand ready for making, and as many again for verifying.
        used: how many of each pool are used, from its start.

    Raises:
        InputError: there are too few items to leave a test, or one of them has no answer.
    """
    everything = tuple(items)
    if not 0 < used <= pool:
        raise InputError(f"{used} of {pool} items cannot be used.", hint="Use between 1 and all of the pool.")
    if len(everything) <= 2 * pool:
        raise InputError(
            f"{len(everything)} items are too few to split.", hint=f"A task needs more than {2 * pool} items."
        )
    for item in everything:
        if item.answer is None:
            raise InputError(f"Item {item.id} has no answer.", hint="A split needs the right answer of every item.")
    return Split(everything[:used], everything[pool : pool + used], everything[2 * pool :])
