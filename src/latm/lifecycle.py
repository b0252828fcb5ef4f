"""The life of what is opened and closed: in one process, on one event loop."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from latm.errors import LifecycleError


class State(Enum):
    """How far a life has come, as a sentence goes on."""

    NEW = "is not open"
    OPENING = "is still being opened"
    OPEN = "is open already"
    CLOSING = "is being closed"
    CLOSED = "is closed"


_REMEDY = {
    State.NEW: "Enter it by `with`, or call its open() first.",
    State.OPENING: "Wait until its open() has returned.",
    State.OPEN: "Open it once and share it; it serves many callers.",
    State.CLOSING: "Ask before it is closed.",
    State.CLOSED: "Make a new one; what was closed does not open again.",
}

_opened: set[tuple[int, int]] = set()
"""Lives that are open, with their processes. A fork copies this as it copies what it stands for: the locks of SQLite,
which the parent's threads may hold at that moment, and which nobody in the child ever releases."""


class Life:
    """Says where something may be used, and counts the uses under way.

    Args:
        name: what messages call it.
        follows_loop: whether it belongs to the event loop on which it was opened.
    """

    def __init__(self, name: str, *, follows_loop: bool = True) -> None:
        self.state = State.NEW
        self._name = name
        self._follows_loop = follows_loop
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process = os.getpid()
        self._under_way = 0
        self._idle = asyncio.Event()

    @property
    def is_forked(self) -> bool:
        """Whether this is a child of the process that opened it, which has neither its threads nor its event loop."""
        return self.state is not State.NEW and os.getpid() != self._process

    def demand(self) -> None:
        """Refuse a use out of place.

        Raises:
            LifecycleError: it is not open, or not open here.
        """
        if problem := self.problem():
            raise problem

    def problem(self) -> LifecycleError | None:
        """Why it may not be used here and now; None if it may."""
        if self.is_forked:
            return LifecycleError(
                f"This {self._name} was opened in process {self._process}, and this is process {os.getpid()}, "
                "forked from it.",
                hint="Open one in each process, after the fork: in a worker's start-up, for instance.",
            )
        if self.state is not State.OPEN:
            return self._out_of_place()
        if self._follows_loop and asyncio.get_running_loop() is not self._loop:
            return LifecycleError(
                f"This {self._name} was opened on another event loop.",
                hint="Use it on the loop that opened it; or use latm.Latm, which any thread may call.",
            )
        return None

    def begin(self) -> None:
        """It is being opened, here.

        Raises:
            LifecycleError: it was before; or this process was forked from one that had another open.
        """
        if self.state is not State.NEW:
            raise self.problem() or self._out_of_place()
        here = os.getpid()
        if parent := next((process for process, _ in _opened if process != here), None):
            raise LifecycleError(
                f"Process {here} was forked while a {self._name} was open in process {parent}, and can open none: "
                "it has inherited its locks.",
                hint="Fork before one is opened, or start the process by 'spawn' or 'forkserver'.",
            )
        self.state = State.OPENING
        self._process = here
        _opened.add((here, id(self)))
        self._loop = asyncio.get_running_loop() if self._follows_loop else None

    def end(self) -> bool:
        """It is being closed; whether there is anything to close: not in a forked child, and not twice.

        Raises:
            LifecycleError: it was opened on another event loop, whose work cannot be ended from here.
        """
        if self.state is not State.OPEN:
            self.state = State.CLOSED if self.state is State.NEW else self.state
            return False
        if self.is_forked:
            return False
        self.demand()
        self.state = State.CLOSING
        return True

    def begun(self) -> None:
        """It is open."""
        self.state = State.OPEN

    def ended(self) -> None:
        """It is closed, or could not be opened."""
        self.state = State.CLOSED
        _opened.discard((self._process, id(self)))

    @contextmanager
    def use(self) -> Iterator[None]:
        """Something is under way that closing waits for.

        Raises:
            LifecycleError: as `demand`.
        """
        self.demand()
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        while self._under_way:
            self._idle.clear()
            await self._idle.wait()

    def _out_of_place(self) -> LifecycleError:
        return LifecycleError(f"This {self._name} {self.state.value}.", hint=_REMEDY[self.state])
