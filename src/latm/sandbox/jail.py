"""The Linux jail: tools run in locked processes, forked from a zygote and killed from outside."""

from latm.sandbox.nursery import Nursery
from latm.sandbox.protocol import Isolation, Limits
from latm.sandbox.workers import Workers


class Jail(Workers):
    """A `Sandbox` of locked processes.

    Args:
        limits: what a tool may use.
        isolation: what one fresh fork serves.
        workers: how many run at once; None: one per core.
    """

    _nursery: Nursery

    def __init__(self, limits: Limits, isolation: Isolation, workers: int | None = None) -> None:
        super().__init__(Nursery(limits), limits, isolation, workers)
