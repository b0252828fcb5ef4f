"""The Linux jail: tools run in locked processes, forked from a zygote and killed from outside."""

from typing import Any

from latm.sandbox.nursery import Nursery
from latm.sandbox.protocol import Isolation, Limits
from latm.sandbox.selftest import demand_linux
from latm.sandbox.workers import Workers


class Jail(Workers):
    """A `Sandbox` of locked processes.

    Args:
        limits: what a tool may use.
        isolation: what one fresh fork serves.
        workers: how many run at once; None: one per core.
    """

    def __init__(self, limits: Limits, isolation: Isolation, workers: int | None = None) -> None:
        self._nursery = Nursery(limits)
        super().__init__(self._nursery, limits, isolation, workers)

    @property
    def facts(self) -> dict[str, Any]:
        """What the kernel granted: the Landlock version, the namespaces, and whom the workers run as."""
        return self._nursery.facts

    async def _start(self) -> None:
        demand_linux()
        await self._nursery.start()

    async def _stop(self) -> None:
        await self._nursery.close()
