"""Events: what happened to the versions of a task's tool, never changed and never taken back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from latm.tool import ToolStatus


class EventKind(StrEnum):
    """What can happen to a version, or to a task as a whole."""

    VERIFIED = "verified"
    PROMOTED = "promoted"
    SHADOWED = "shadowed"
    SUSPENDED = "suspended"
    RETIRED = "retired"
    RESTORED = "restored"
    POSTPONED = "postponed"
    RENAMED = "renamed"
    SPLIT = "split"
    MERGED = "merged"
    DROPPED = "label-dropped"
    DRIFTED = "drifted"
    PINNED = "pinned"
    UNPINNED = "unpinned"


LEADS_TO = {
    EventKind.VERIFIED: ToolStatus.CANDIDATE,
    EventKind.PROMOTED: ToolStatus.SERVING,
    EventKind.RESTORED: ToolStatus.SERVING,
    EventKind.SHADOWED: ToolStatus.SHADOW,
    EventKind.SUSPENDED: ToolStatus.SUSPENDED,
    EventKind.RETIRED: ToolStatus.RETIRED,
}
"""What the kinds of event that decide make of a version; the others leave it as it is."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Attributes:
        kind: what.
        task: to which task.
        version: to which version of its tool; None if the task as a whole is meant.
        who: what made it happen: `maker`, `person`, `auditor`, `migration`.
        why: in one sentence.
        evidence: plain data that the decision rested on.
        at: ISO 8601, UTC; empty before it is stored.
    """

    kind: EventKind
    task: str
    version: int | None
    who: str
    why: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""
