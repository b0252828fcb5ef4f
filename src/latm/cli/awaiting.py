"""How a command waits for what is asynchronous."""

import asyncio
import inspect
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """What asynchronous work returns, in an event loop of its own."""
    try:
        return asyncio.run(work)
    finally:
        # Ctrl-C may come while the loop is being built, and Python warns of work that was never begun.
        if inspect.getcoroutinestate(work) == inspect.CORO_CREATED:
            work.close()
