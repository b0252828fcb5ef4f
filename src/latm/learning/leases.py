"""Leases: the claims of makings, kept alive while these go on."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from latm.errors import StoreError
from latm.learning.writer import Writer
from latm.observing import log
from latm.store import Claim, ToolCache

T = TypeVar("T")

_LEASE_SECONDS = 60.0
_RENEWED = _LEASE_SECONDS / 6
"""Seconds between two renewals: several may fail, such as while the store is away, before the claim runs out."""


class Leases:
    """Claims on makings. Each runs out by itself unless it is renewed.

    Args:
        cache: the tool cache with the claims.
        writer: the thread that writes.
    """

    def __init__(self, cache: ToolCache, writer: Writer) -> None:
        self._cache = cache
        self._writer = writer
        self._claims: dict[str, asyncio.Future[None]] = {}
        self._renewing: asyncio.Task[None] | None = None

    def claim(self, name: str, owner: str, work: Any) -> Claim | None:
        """Claim the making of a task's tool; None if another claim holds. Runs on the writer's thread.

        Args:
            name: the task's name.
            owner: who claims it.
            work: plain data for the making to start from.
        """
        return self._cache.claim_making(name, owner, _LEASE_SECONDS, work)

    @asynccontextmanager
    async def held(self, owner: str) -> AsyncIterator[asyncio.Future[None]]:
        """Keep a claim alive meanwhile. The future is done once another owner has the claim and pays from then on."""
        lost = self._claims[owner] = asyncio.get_running_loop().create_future()
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._renew(), name="latm leases")
        try:
            yield lost
        finally:
            del self._claims[owner]
            if not self._claims and self._renewing is not None:
                self._renewing.cancel()
                self._renewing = None

    async def _renew(self) -> None:
        """Renew all claims together: one transaction for each would leave the writer no time for anything else."""
        while True:
            await asyncio.sleep(_RENEWED)
            owners = list(self._claims)
            try:
                kept = await self._writer.do_first(partial(self._cache.renew_claims, owners, _LEASE_SECONDS))
            except StoreError as error:
                log.warning("the claims on %d makings could not be renewed now: %s", len(owners), error)
                continue
            for owner in owners:
                lost = self._claims.get(owner)
                if owner not in kept and lost is not None and not lost.done():
                    lost.set_result(None)

    def release(self, name: str, owner: str) -> None:
        """Give up a claim that was not settled. Runs on the writer's thread."""
        try:
            self._cache.release_making(name, owner, keep_work=True)
        except StoreError as error:
            log.warning("the claim on %s could not be given up and runs out by itself: %s", name, error)


async def unless(lost: "asyncio.Future[None]", making: Coroutine[object, object, T]) -> T | None:
    """The result of a making; None if its claim is lost first, which breaks it off."""
    work = asyncio.create_task(making)
    try:
        await asyncio.wait((work, lost), return_when=asyncio.FIRST_COMPLETED)
        return await work if work.done() else None
    finally:
        work.cancel()
        await asyncio.wait((work,))
