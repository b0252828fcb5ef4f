"""How many workers are worth keeping: as many as are asked for again."""

from collections import OrderedDict


class Room:
    """Grows if a worker is missed that was ended a moment ago, and shrinks if others are loaded.

    A worker holds memory while it waits. If the hot programs fit into the room, a worker more saves its load each
    time. If they are many times more, it is gone before its program comes again, and would be kept for nothing.

    Args:
        least: workers that are kept in any case.
        most: workers that are kept at most.

    Attributes:
        size: workers to keep now.
    """

    def __init__(self, least: int, most: int) -> None:
        self.size = least
        self._least = least
        self._most = most
        self._ended: OrderedDict[int, None] = OrderedDict()

    def ended(self, program: str) -> None:
        """A worker with this program had to make room."""
        self._ended[hash(program)] = None
        self._ended.move_to_end(hash(program))
        if len(self._ended) > self._most - self._least:
            self._ended.popitem(last=False)

    def missed(self, program: str) -> None:
        """A worker with this program has to be made."""
        in_more_room = self._ended.pop(hash(program), 0) is None
        self.size = min(self._most, self.size + 1) if in_more_room else max(self._least, self.size - 1)
