"""What is paid is noted before it is used, and taken for recorded only once it is."""

from decimal import Decimal
from pathlib import Path

import pytest

from latm.errors import ModelTimeoutError, PassingModelError
from latm.ledger import Usage
from latm.models import Completion, Message, Noted, Payments, Request
from latm.models.retrying import Retrying
from latm.models.testing import ScriptedModel
from latm.paid import Paid
from latm.store import ToolCache

pytestmark = pytest.mark.anyio
ASKED = Request([Message("user", "What is it?")], purpose="direct")


def noted_in(path: Path) -> Paid | None:
    return Paid.load(path.read_text())


@pytest.mark.parametrize(
    "paid",
    [
        Paid(),
        Paid(Usage(1, 2, 3, Decimal("0.0000001")), 5, 4),
        Paid(Usage(10**9, 10**13, 10**13, None), 10**9, 10**9),
    ],
)
def test_a_note_is_read_as_it_was_written_and_always_as_long(paid: Paid) -> None:
    assert Paid.load(paid.dump()) == paid
    assert len(paid.dump()) == len(Paid().dump())


def test_a_note_that_is_half_written_over_is_none() -> None:
    old, new = Paid(Usage(1, 2, 3), 4, 4).dump(), Paid(Usage(9, 8, 7), 9, 9).dump()
    halves = [Paid.load(new[:cut] + old[cut:]) for cut in range(1, len(new.rstrip()))]
    assert {half for half in halves if half} <= {Paid.load(old), Paid.load(new)}
    assert None in halves


async def test_each_try_is_noted_also_one_that_failed_after_it_was_paid_for(tmp_path: Path) -> None:
    replies: list[str | Exception] = [PassingModelError("HTTP 500.", usage=Usage(1, 5, 0)), "yes"]
    payments = Payments()
    payments.keep("me", tmp_path / "me")
    model = Retrying(Noted(ScriptedModel(replies), payments), retries=1, timeout=20)
    completion = await model.complete(ASKED)
    paid = noted_in(tmp_path / "me")
    assert paid is not None
    assert (paid.begun, paid.ended, paid.usage) == (2, 2, completion.usage)
    assert sum((one.usage for one in completion.usage.payments), Usage()) == completion.usage


async def test_a_call_without_a_reply_is_counted_and_has_no_price(tmp_path: Path) -> None:
    payments = Payments()
    payments.keep("me", tmp_path / "me")
    model = Noted(ScriptedModel(lambda _: ModelTimeoutError("It did not answer.")), payments)
    with pytest.raises(ModelTimeoutError):
        await model.complete(ASKED)
    paid = noted_in(tmp_path / "me")
    assert paid is not None
    assert (paid.unknown, paid.usage) == (1, Usage())


@pytest.mark.parametrize("memory", ["sqlite://", "sqlite:///:memory:"])
def test_a_store_in_memory_has_no_place_for_notes(memory: str) -> None:
    with ToolCache.open(memory) as cache:
        assert cache.new_payer() is None


async def test_what_is_on_record_is_unrecorded_no_more_and_the_rest_stays_after_the_end(tmp_path: Path) -> None:
    with ToolCache.open(f"sqlite:///{tmp_path / 'latm.db'}") as cache:
        payer = cache.new_payer()
        assert payer is not None
        name, path = payer
        payments = Payments()
        payments.keep(name, path)
        spent = [payments.ended(Usage(1, 10 * n, n, Decimal(n))) for n in (1, 2)]
        [book] = cache.ledger()
        assert book.billed["unrecorded"] == Usage(2, 30, 3, Decimal(3))
        cache.journal("sums").put("key", 0, Completion("yes", "m", spent[0]))
        cache.journal("sums").put("key", 0, Completion("yes", "m", spent[0]))
        payments.close()
        cache.book_payments(name)
        cache.book_payments(name)
        billed = {purpose: usage for book in cache.ledger() for purpose, usage in book.billed.items()}
    assert billed == {"unfinished": Usage(1, 10, 1, Decimal(1)), "unrecorded": Usage(1, 20, 2, Decimal(2))}
    assert not path.exists()
