"""The watcher: it alone follows the store, and swaps in a new snapshot when something changes."""

import threading

from latm.answering.snapshot import Snapshot
from latm.errors import StoreError
from latm.known import Known
from latm.observing import Observer, StoreAway, StoreBack, TookOver
from latm.store import ToolCache
from latm.task import TaskStatus

_POLL_SECONDS = 0.2


class Watcher:
    """Keeps the snapshot up to date with the store, off the event loop.

    Args:
        cache: the tool cache to follow.
        observer: hears of the changes.

    Attributes:
        snapshot: the newest snapshot; reading it is atomic.
        is_away: whether the last try to read the store failed; the snapshot stays meanwhile.
    """

    def __init__(self, cache: ToolCache, observer: Observer) -> None:
        self.snapshot = Snapshot()
        self._cache = cache
        self._observer = observer
        self._refreshing = threading.Lock()
        self._stopped = threading.Event()
        self.is_away = False
        self._thread = threading.Thread(target=self._follow, name="latm watcher", daemon=True)

    def start(self) -> None:
        """Load what is known, then follow the store. This blocks while it loads.

        Raises:
            StoreError: the store cannot be read.
        """
        self.refresh()
        self._thread.start()

    def stop(self) -> None:
        """Stop following, and wait for the thread."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def refresh(self) -> Snapshot:
        """Take over now what has changed, and return the new snapshot. Any thread may call this.

        Raises:
            StoreError: the store cannot be read; the snapshot stays as it is.
        """
        with self._refreshing:
            old = self.snapshot
            changes = self._cache.changes(old.revision)
            if changes.revision == old.revision:
                return old
            start = Snapshot() if changes.whole else old
            awake = [known for known in changes.known if known.task.status is not TaskStatus.DORMANT]
            resting = [known.task.name for known in changes.known if known.task.status is TaskStatus.DORMANT]
            self.snapshot = start.after(changes.revision, awake, [*changes.removed, *resting], changes.newest)
            served = [known.tool.id for known in changes.known if known.tool and _serves_anew(known, old)]
            tasks = [known.task.name for known in changes.known]
            self._observer.on_event(TookOver(changes.revision, tasks, served))
            return self.snapshot

    def _follow(self) -> None:
        while not self._stopped.wait(_POLL_SECONDS):
            self._look()

    def _look(self) -> None:
        """Take over what has changed, and report once that the store is away and once that it is back."""
        try:
            if self._cache.has_changed():
                self.refresh()
        except StoreError as error:
            if not self.is_away:
                self.is_away = True
                self._observer.on_event(StoreAway(error))
        else:
            if self.is_away:
                self.is_away = False
                self._observer.on_event(StoreBack())


def _serves_anew(known: Known, old: Snapshot) -> bool:
    before = old.tool(known.task.name)
    return before is None or known.tool is None or before.id != known.tool.id
