"""Retention: questions and answers are kept for a time and then deleted."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from latm.errors import StoreError
from latm.observing import log
from latm.settings import Settings
from latm.store import Forgotten, Selection, ToolCache, before

_EVERY = 3600.0
"""Seconds between two checks; ages are counted in days."""


class Retention:
    """Forgets what is older than the settings allow, now and every hour, on the writer's thread.

    Args:
        cache: the tool cache.
        settings: how long to keep it, for each project and in general.
        forgot: called after something was deleted.
    """

    def __init__(self, cache: ToolCache, settings: Settings, forgot: Callable[[], object]) -> None:
        self._cache = cache
        self._settings = settings
        self._forgot = forgot
        self._next = 0.0

    def look(self) -> None:
        """Forget what is due, if it is time to check. If the store is away, the next try is in an hour."""
        keeps_all = self._settings.retention_days is None and not self._settings.retention_days_of
        if keeps_all or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _EVERY
        try:
            if sweep(self._cache, self._settings, datetime.now(UTC)) != Forgotten():
                self._forgot()
        except StoreError as error:
            log.warning("could not forget what is past its retention: %s", error)


def sweep(cache: ToolCache, settings: Settings, now: datetime) -> Forgotten:
    """Forget what is past its retention, for each project and in general."""
    total = Forgotten()
    for project, days in settings.retention_days_of.items():
        total += cache.forget(Selection(project=project, before=before(now - timedelta(days=days))))
    if settings.retention_days is not None:
        oldest = before(now - timedelta(days=settings.retention_days))
        total += cache.forget(Selection(but=tuple(settings.retention_days_of), before=oldest))
    return total
