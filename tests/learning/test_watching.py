"""The watcher: it says what becomes of the store, once."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from latm.errors import StoreAwayError
from latm.learning.watcher import Watcher
from latm.observing import Notice, StoreAway, StoreBack

if TYPE_CHECKING:
    from latm.store import ToolCache


class Seen(list[Notice]):
    """Keeps what it is told."""

    def on_event(self, event: Notice, /) -> None:
        self.append(event)


def test_a_store_that_is_away_and_back_is_told_of_once_each() -> None:
    seen, error = Seen(), StoreAwayError("The store is away.")
    is_away = iter([False, True, True, False, False])

    def has_changed() -> bool:
        if next(is_away):
            raise error
        return False

    watcher = Watcher(cast("ToolCache", SimpleNamespace(has_changed=has_changed)), seen)
    told = list[bool]()
    for _ in range(5):
        watcher._look()
        told.append(watcher.is_away)
    assert told == [False, True, True, False, False]
    assert seen == [StoreAway(error), StoreBack()]
