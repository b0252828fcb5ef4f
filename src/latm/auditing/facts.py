"""What happens to a version while it is audited: plain, frozen, told apart by `kind`, so that it can be stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from latm.auditing.goal import Goal
from latm.tool import ToolStatus


class Source(StrEnum):
    """Why an answer was audited."""

    COIN = "coin"
    SHADOW = "shadow"
    EXTRA = "extra"
    GOLD = "gold"
    OLD = "old"
    EXACT = "exact"


@dataclass(frozen=True, slots=True)
class Begun:
    """A version has passed its gates and starts to earn its promotion; its evidence starts from nothing.

    Attributes:
        goal: what is asked of it.
        attempt: which version, or try of one, of the task this is, from 1; it decides how much of α it may spend.
        old: so many old questions are to be asked again before it is promoted.
    """

    goal: Goal
    attempt: int = 1
    old: int = 0
    kind: Literal["begun"] = "begun"


@dataclass(frozen=True, slots=True)
class Retargeted:
    """The task's goal was changed.

    Attributes:
        goal: the new one.
    """

    goal: Goal
    kind: Literal["retargeted"] = "retargeted"


@dataclass(frozen=True, slots=True)
class Served:
    """Answers of the version went out.

    Attributes:
        epoch: the version's epoch, as the process that served them knew it.
        count: how many.
        drawn: for how many of them the coin fell.
        share: the smallest chance with which it was thrown.
    """

    epoch: int
    count: int
    drawn: int
    share: float
    kind: Literal["served"] = "served"


@dataclass(frozen=True, slots=True)
class Audited:
    """An answer was compared with the reference.

    Attributes:
        epoch: of the answer.
        wrong: whether it differed.
        source: why it was audited.
    """

    epoch: int
    wrong: bool
    source: Source
    kind: Literal["audited"] = "audited"


@dataclass(frozen=True, slots=True)
class Decided:
    """The version changes its status.

    Attributes:
        status: to what.
        epoch: the one whose evidence decided; of no effect in any other, so that it is carried out once. None: at once,
            as a person decides.
        why: in one sentence.
        evidence: the numbers that it rested on.
    """

    status: ToolStatus
    epoch: int | None = None
    why: str = ""
    evidence: Mapping[str, float] = field(default_factory=dict)
    kind: Literal["decided"] = "decided"


@dataclass(frozen=True, slots=True)
class Renewed:
    """An epoch of the bound is full, and the next one begins.

    Attributes:
        epoch: the one that is full; of no effect in any other.
    """

    epoch: int
    kind: Literal["renewed"] = "renewed"


@dataclass(frozen=True, slots=True)
class Reasked:
    """Old questions of the task are asked again, to see whether their answers still stand.

    Attributes:
        count: how many.
        at: when, in ISO 8601; the certificate only hands it on.
    """

    count: int
    at: str = ""
    kind: Literal["reasked"] = "reasked"


Fact = Begun | Retargeted | Served | Audited | Decided | Renewed | Reasked
