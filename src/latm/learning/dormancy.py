"""Dormancy: a kind that has died out is looked up no more."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from latm.errors import StoreError
from latm.event import Event
from latm.observing import log
from latm.settings import Settings
from latm.store import ToolCache, before

_EVERY = 86_400.0
"""Seconds between two looks."""


class Dormancy:
    """Lets tasks rest that nobody has asked for in a long time, now and every day; on the writer's thread.

    Args:
        cache: where they are.
        settings: how long that is.
        rested: is told of those that rest from now on.
    """

    def __init__(self, cache: ToolCache, settings: Settings, rested: Callable[[Sequence[Event]], object]) -> None:
        self._cache = cache
        self._days = settings.dormant_days
        self._rested = rested
        self._next = 0.0

    def look(self) -> None:
        """Let rest what is due, where it is time to look; a store that is away is tried again in a day."""
        if self._days is None or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _EVERY
        try:
            if events := self._cache.rest_tasks(before(datetime.now(UTC) - timedelta(days=self._days))):
                self._rested(events)
        except StoreError as error:
            log.warning("it could not be seen which kinds have died out: %s", error)
