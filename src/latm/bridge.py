"""An event loop on a thread of its own, for callers that have none."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from latm.errors import LifecycleError

T = TypeVar("T")


class Bridge:
    """Runs coroutines of other threads, which wait for them; any number at once.

    The thread ends with the process if nobody stops it.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event
        self._handing = threading.Lock()
        self._stopped = False
        started = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(started,), name="latm bridge", daemon=True)
        self._thread.start()
        started.wait()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """What a coroutine returns. Ctrl-C in the calling thread cancels it.

        Raises:
            LifecycleError: the bridge is stopped, or this is its own thread, which would wait for itself.
            Exception: what the coroutine raises.
        """
        with self._handing:
            if self._stopped or threading.current_thread() is self._thread:
                work.close()
                raise LifecycleError(
                    "The event loop of this Latm " + ("is stopped." if self._stopped else "cannot wait for itself."),
                    hint="Make a new Latm." if self._stopped else "From an observer or a model, use another thread.",
                )
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        finally:
            future.cancel()

    def stop(self) -> None:
        """End the thread; what is still under way is cancelled. Safe to call again."""
        with self._handing:
            if self._stopped:
                return
            self._stopped = True
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _serve(self, started: threading.Event) -> None:
        async def until_stopped() -> None:
            self._loop = asyncio.get_running_loop()
            self._stop = asyncio.Event()
            started.set()
            await self._stop.wait()

        asyncio.run(until_stopped())
