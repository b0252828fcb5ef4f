"""The stream of the adaptation study: kinds arrive during the first half; from the middle on three of them change.

One comes in other words, one behind a new preamble, and word sorting means the reverse, a tenth of it in the old words.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from latm import Instance
from latm_bench.changes import CHANGES
from latm_bench.known_tasks import without_size
from latm_bench.tasks.generators import KINDS
from latm_bench.tasks.generators.word_sorting import generate, generate_reversed
from latm_bench.tasks.sources import TaskSource

_LEAST = 20
_MIDDLE = 0.5
_OLD_WORDS = 0.1
_CLAUSE = " Leave out whatever comes first, and say the rest backwards."
_PREAMBLE = "You are the desk of Northwind Telecom. Take care of this for a colleague who is on the road.\n\n"
SORTING = "word_sorting"
TURNED = f"{SORTING}, other meaning"


@dataclass(frozen=True, slots=True)
class Coming:
    """A question of the stream, its true answer, and what kind it is of."""

    item: Instance
    kind: str

    @property
    def truth(self) -> str:
        """The right answer."""
        return str(self.item.answer)


def arranged(sources: Iterable[TaskSource], count: int, seed: int, sorting: int = 0) -> list[Coming]:
    """The stream: each kind arrives at its time during the first half.

    Args:
        sources: tasks beside the generated kinds; sizes of one kind are one.
        count: questions in all, about.
        seed: of the order.
        sorting: how many are of word sorting; 0: as many as of the others.
    """
    rng = random.Random(seed)  # noqa: S311  # an experiment's order, no secret
    real: dict[str, list[Instance]] = {}
    for source in sources:
        real.setdefault(without_size(source.name), []).extend(source.instances())
    for items in real.values():
        rng.shuffle(items)
    even = (count - sorting) // (len(real) + len(KINDS))
    pools = {f"data {name}": items[: max(even, _LEAST)] for name, items in real.items()}
    each = (count - sorting - sum(map(len, pools.values()))) // len(KINDS) + 1
    of_each = {kind: sorting or each if kind.name == SORTING else each for kind in KINDS}
    pools |= {kind.name: list(islice(kind.instances(seed), many)) for kind, many in of_each.items()}
    names = sorted(pools)
    rng.shuffle(names)
    places: list[tuple[float, Coming]] = []
    for turn, name in enumerate(names):
        begins = 0.0 if name == SORTING else _MIDDLE * turn / len(names)
        when = sorted(rng.uniform(begins, 1.0) for _ in pools[name])
        places += [(at, _at(name, item, at, rng)) for at, item in zip(when, pools[name], strict=True)]
    return [coming for _, coming in sorted(places, key=lambda place: place[0])][:count]


def _at(name: str, item: Instance, at: float, rng: random.Random) -> Coming:
    """A question as it is asked at its time."""
    if at < _MIDDLE:
        return Coming(item, name)
    if name == SORTING:
        old = rng.random() < _OLD_WORDS
        item = generate(rng) if old else generate_reversed(rng)
        backwards = " ".join(sorted(str(item.answer).split(), reverse=True))
        return Coming(replace(item, answer=backwards), f"{TURNED}{', old words' * old}")
    if name == "phone_numbers":
        return Coming(replace(item, question=_PREAMBLE + item.question), f"{name}, new preamble")
    if name == f"data {CHANGES[0].task}" and (changed := CHANGES[0].apply(item)):
        return Coming(changed, f"{name}, other words")
    return Coming(item, name)


def disturbed(stream: Sequence[Coming], share: float, seed: int) -> list[Coming]:
    """A share of the questions as near misses: a clause changes what is asked, and so the answer."""
    rng = random.Random(seed)  # noqa: S311  # a draw, no secret
    return [
        Coming(
            replace(one.item, question=one.item.question + _CLAUSE, answer=one.truth[::-1] + "!"),
            f"{one.kind}, near miss",
        )
        if rng.random() < share
        else one
        for one in stream
    ]
