"""The axes of the sweeps: each is one of the questions that the paper left open, and becomes a few plans."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from latm import Example, Instance
from latm.errors import InputError, SettingsError
from latm_bench.known_tasks import without_size
from latm_bench.making import Protocol
from latm_bench.tasks.splits import paper_split

POOL = 10
"""Items that stand ready for making, and as many for verifying: enough for the longest demonstrations."""
HELD_OUT = 3


@dataclass(frozen=True, slots=True)
class Target:
    """What one tool is made for.

    Attributes:
        name: of the task, or of the tasks together.
        examples: shown ones first.
        test: what a tool that was made is scored on.
    """

    name: str
    examples: Sequence[Example]
    test: Sequence[Instance]


@dataclass(frozen=True, slots=True)
class Plan:
    """One point of an axis.

    Attributes:
        label: the point's name.
        targets: what tools are made for.
        settings: in which they differ from the run's.
        maker: another tool maker than the run's; None: the run's.
        user: a tool user that answers by the tools, as in the paper's protocol; None: they answer by themselves.
    """

    label: str
    targets: Sequence[Target]
    settings: Mapping[str, Any] = field(default_factory=dict)
    maker: str | None = None
    user: str | None = None

    @property
    def protocol(self) -> Protocol:
        """A tool user needs the paper's kind of tool."""
        return "paper" if self.user else "compiled"


Tasks = Mapping[str, Sequence[Instance]]
"""The items of every task, in their published order."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One open question.

    Attributes:
        question: in words.
        values: by default; empty where there can be none.
        plans: from the values and the tasks to the points.
    """

    question: str
    values: tuple[str, ...]
    plans: Callable[[Sequence[str], Tasks], list[Plan]]


def target(name: str, items: Sequence[Instance], shown: int = 3) -> Target:
    """A task as it is swept: items 0 to 9 to show, 10 to 12 to verify, all from 20 on to test."""
    split = paper_split(items, pool=POOL, used=POOL)
    examples = split.examples
    return Target(name, (*examples[:shown], *examples[POOL : POOL + HELD_OUT]), split.test)


def _targets(tasks: Tasks, shown: int = 3) -> list[Target]:
    return [target(name, items, shown) for name, items in tasks.items()]


def _temperatures(values: Sequence[str], tasks: Tasks) -> list[Plan]:
    return [Plan(value, _targets(tasks), {"temperature": float(value)}) for value in values]


def _demonstrations(values: Sequence[str], tasks: Tasks) -> list[Plan]:
    if max(map(int, values)) > POOL:
        raise SettingsError(f"At most {POOL} demonstrations can be shown.", hint="Give smaller numbers.")
    return [Plan(value, _targets(tasks, int(value)), {"examples_shown": int(value)}) for value in values]


def _tries(values: Sequence[str], tasks: Tasks) -> list[Plan]:
    return [Plan(value, _targets(tasks), {"tries_propose": int(value), "tries_verify": int(value)}) for value in values]


def _makers(values: Sequence[str], tasks: Tasks) -> list[Plan]:
    return [Plan(value, _targets(tasks), maker=value) for value in values]


def _pairs(values: Sequence[str], tasks: Tasks) -> list[Plan]:
    plans = []
    for value in values:
        maker, comma, user = value.partition(",")
        if not comma:
            raise SettingsError(f"{value!r} is no pair of models.", hint="Write MAKER,USER.")
        plans.append(Plan(value, _targets(tasks), maker=maker.strip(), user=user.strip()))
    return plans


def _granularity(values: Sequence[str], tasks: Tasks) -> list[Plan]:
    families: dict[str, list[Target]] = {}
    for one in _targets(tasks):
        families.setdefault(without_size(one.name), []).append(one)
    sized = {name: members for name, members in families.items() if len(members) > 1}
    if not sized:
        raise InputError("No task comes in several sizes.", hint="Take those with three, five and seven objects.")
    plans = {
        "one tool each": [member for members in sized.values() for member in members],
        "one tool each, tried on all sizes": [
            Target(member.name, member.examples, _mixed(members)) for members in sized.values() for member in members
        ],
        "one tool for all": [_together(name, members) for name, members in sized.items()],
    }
    return [Plan(label, plans[label]) for label in values]


def _mixed(members: Sequence[Target]) -> list[Instance]:
    return [item for items in zip(*(member.test for member in members), strict=False) for item in items]


def _together(name: str, members: Sequence[Target]) -> Target:
    """One example of each size to show, one of each to verify."""
    shown = [member.examples[place] for place in range(3) for member in members][:3]
    held_out = [member.examples[3 + place] for place in range(HELD_OUT) for member in members][:HELD_OUT]
    return Target(name, (*shown, *held_out), _mixed(members))


AXES = {
    "temperature": Axis("What does the maker's temperature do?", ("0", "0.3", "0.7", "1"), _temperatures),
    "demonstrations": Axis("How many demonstrations does it take?", ("1", "2", "3", "5", "10"), _demonstrations),
    "tries": Axis("What do more tries bring?", ("1", "2", "3", "5"), _tries),
    "makers": Axis("What does the maker's model do: old against new, weak against strong?", (), _makers),
    "pairs": Axis("Which maker and which user go together?", (), _pairs),
    "granularity": Axis(
        "One tool for three, five and seven objects, or one each?",
        ("one tool each", "one tool each, tried on all sizes", "one tool for all"),
        _granularity,
    ),
}
"""By name."""
