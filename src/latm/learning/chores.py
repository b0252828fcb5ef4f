"""Chores: what is done now and then beside the writing, such as forgetting what is past its retention."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from latm.errors import StoreError
from latm.observing import log
from latm.settings import Settings
from latm.store import Forgotten, Selection, ToolCache, before


@dataclass(slots=True)
class Chore:
    """Something that is done at once, and again after so many seconds, on the writer's thread.

    Attributes:
        every: seconds from one time to the next, also if the store is away.
        do: does it.
        undone: what the log says if the store is away.
    """

    every: float
    do: Callable[[], object]
    undone: str
    _next: float = 0.0

    def look(self) -> None:
        """Do it if it is time. A bug of ours is logged, and ends neither this thread nor the other chores."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self.every
        try:
            self.do()
        except StoreError as error:
            log.warning("%s: %s", self.undone, error)
        except Exception:  # noqa: BLE001  # whatever it is, the thread lives on
            log.exception(self.undone)


def sweep(cache: ToolCache, settings: Settings, now: datetime) -> Forgotten:
    """Forget what is past its retention, for each project and in general."""
    total = Forgotten()
    for project, days in settings.retention_days_of.items():
        total += cache.forget(Selection(project=project, before=before(now - timedelta(days=days))))
    if settings.retention_days is not None:
        oldest = before(now - timedelta(days=settings.retention_days))
        total += cache.forget(Selection(but=tuple(settings.retention_days_of), before=oldest))
    return total
