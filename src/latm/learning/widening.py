"""Widening: what a tool abstains from may be its own kind in other words. One wider version then answers both."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from latm.event import Event, EventKind
from latm.learning.orders import Orders
from latm.learning.watcher import Watcher
from latm.learning.writer import Writer
from latm.making.maker import ToolMaker
from latm.making.order import Order
from latm.observing import Decided, Observer
from latm.settings import Settings
from latm.store import ToolCache
from latm.tool import ToolKind


class Makes(Protocol):
    """Carries out makings."""

    def maker(self, name: str) -> ToolMaker:
        """The tool maker of a task."""
        ...

    async def make_wider(self, name: str, part: str) -> bool:
        """Make a version that answers both. Return whether there is one."""
        ...


@dataclass(frozen=True, slots=True)
class Widening:
    """Tries one wider version before a kind that a tool abstained from gets its own tool.

    Attributes:
        cache: the tool cache of the kinds.
        writer: the thread that writes.
        watcher: gives the current snapshot.
        settings: how often a tool may be repaired.
        observer: hears of the drift.
        orders: writes the orders.
        workshop: makes the version.
    """

    cache: ToolCache
    writer: Writer
    watcher: Watcher
    settings: Settings
    observer: Observer
    orders: Orders
    workshop: Makes

    async def tried(self, part: str) -> bool:
        """Whether a kind does not need its own tool, because it is now part of another.

        A known tool that answers it costs nothing, so it is tried first.

        Raises:
            NotFoundError: there is no such kind.
            LatmError: the model could not be asked, or the machine failed.
        """
        name = await asyncio.to_thread(self._whose, part)
        if name is None:
            return False
        order = await asyncio.to_thread(self.orders.now, part)
        if await self._is_shadowed(name, order):
            await self.writer.do(partial(self._merge, part, name))
            return True
        if await self.workshop.maker(part).is_known(order) or not self._may_widen(name):
            return False
        await self.writer.do(partial(self._tell, name, part, len(order.examples)))
        if not await self.workshop.make_wider(name, part):
            return False
        await self.writer.do(partial(self._merge, part, name))
        return True

    def _whose(self, part: str) -> str | None:
        """The served task whose tool abstained from all examples of a kind."""
        known = self.watcher.snapshot.task(part)
        name = self.cache.taken_for(part, [example.question for example in known.examples]) if known else None
        tool = self.watcher.snapshot.tool(name) if name is not None and name != part else None
        return name if tool is not None and tool.kind is ToolKind.COMPILED else None

    async def _is_shadowed(self, name: str, order: Order) -> bool:
        """Whether a newer version, which is still compared, answers what the previous one abstained from."""
        shadow = self.watcher.snapshot.shadow(name)
        return shadow is not None and await self.workshop.maker(name).answers(order, shadow.program)

    def _may_widen(self, name: str) -> bool:
        tried = self.cache.widenings(name) + self.cache.suspensions([name]).get(name, 0)
        return self.watcher.snapshot.shadow(name) is None and tried < self.settings.repairs

    def _tell(self, name: str, part: str, count: int) -> None:
        """Report that a kind now comes in other words. This counts as a repair that was tried."""
        tool = self.watcher.snapshot.tool(name)
        why = f"its tool abstains from {count} questions or more of its kind, which a wider version is to answer"
        evidence = {"what": "wording", "examples": count, "found_as": part}
        self.cache.append_event(Event(EventKind.DRIFTED, name, tool.number if tool else None, "maker", why, evidence))
        self.observer.on_event(Decided(self.cache.events(name)[-1]))

    def _merge(self, part: str, name: str) -> None:
        self.cache.merge_task(part, name)
        self.watcher.refresh()
