"""Claims on makings."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

from latm.learning.leases import Leases
from latm.ledger import Usage
from latm.models.port import Completion
from latm.store import ToolCache

if TYPE_CHECKING:
    from latm.learning.writer import Writer

PAID = Completion("yes", "m", Usage(1, 10, 1, None))


def test_a_claim_that_is_given_up_keeps_what_was_paid_for(tmp_path: Path) -> None:
    with ToolCache.open(f"sqlite:///{tmp_path / 'latm.db'}") as cache:
        leases = Leases(cache, cast("Writer", None))
        assert leases.claim("sums", "one", {"examples": []})
        cache.journal("sums").put("key", 0, PAID)
        leases.release("sums", "one")
        assert cache.journal("sums").get("key", 0) == PAID
        claim = leases.claim("sums", "other", {})
    assert claim is not None
    assert claim.work == {"examples": []}
