"""Health: what an open latm can do now, for the health page of a service."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Health:
    """What can be done now. Asking for it waits for nothing.

    Attributes:
        ok: whether questions may be asked here; a store or a maker that is away does not change that.
        reason: why not; empty if they may.
        store_ok: whether the store takes what is learnt; tools answer without it.
        tasks: kinds that are known.
        tools: how many of them a tool serves.
        makings: tools that are being made.
        unwritten: answers that wait to be written.
    """

    ok: bool
    reason: str = ""
    store_ok: bool = False
    tasks: int = 0
    tools: int = 0
    makings: int = 0
    unwritten: int = 0
