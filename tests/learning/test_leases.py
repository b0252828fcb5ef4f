"""Claims on makings."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from latm.learning import leases
from latm.learning.leases import Leases
from latm.ledger import Usage
from latm.models.port import Completion
from latm.store import ToolCache

if TYPE_CHECKING:
    from latm.learning.writer import Writer

PAID = Completion("yes", "m", Usage(1, 10, 1, None))


def test_a_claim_that_is_given_up_keeps_what_was_paid_for(tmp_path: Path) -> None:
    with ToolCache.open(f"sqlite:///{tmp_path / 'latm.db'}") as cache:
        claims = Leases(cache, cast("Writer", None))
        assert claims.claim("sums", "one", {"examples": []})
        cache.journal("sums").put("key", 0, PAID)
        claims.release("sums", "one")
        assert cache.journal("sums").get("key", 0) == PAID
        claim = claims.claim("sums", "other", {})
    assert claim is not None
    assert claim.work == {"examples": []}


@pytest.mark.anyio
async def test_a_claim_that_another_has_by_now_is_lost_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    class Renewing:
        """A writer for whom one claim is left."""

        async def do_first(self, _: object) -> set[str]:
            await asyncio.sleep(0)
            return {"ours"}

    monkeypatch.setattr(leases, "_RENEWED", 0)
    cache = SimpleNamespace(renew_claims=bool)
    held = Leases(cast("ToolCache", cache), cast("Writer", Renewing()))
    async with held.held("ours") as ours, held.held("another's") as lost:
        await asyncio.wait_for(lost, 20)
        assert not ours.done()
