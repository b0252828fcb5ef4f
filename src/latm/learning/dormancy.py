"""Dormancy: a kind that has died out is no longer looked up."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from latm.errors import StoreError
from latm.event import Event
from latm.observing import log
from latm.settings import Settings
from latm.store import ToolCache, before

_EVERY = 86_400.0
"""Seconds between two checks."""


class Dormancy:
    """Puts tasks to rest that nobody has asked for in a long time, now and every day, on the writer's thread.

    Args:
        cache: the tool cache of the tasks.
        settings: after how long a task rests.
        rested: hears of the tasks that rest from now on.
    """

    def __init__(self, cache: ToolCache, settings: Settings, rested: Callable[[Sequence[Event]], object]) -> None:
        self._cache = cache
        self._days = settings.dormant_days
        self._rested = rested
        self._next = 0.0

    def look(self) -> None:
        """Put to rest what is due, if it is time to check. If the store is away, the next try is in a day."""
        if self._days is None or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _EVERY
        try:
            if events := self._cache.rest_tasks(before(datetime.now(UTC) - timedelta(days=self._days))):
                self._rested(events)
        except StoreError as error:
            log.warning("could not check which kinds have died out: %s", error)
