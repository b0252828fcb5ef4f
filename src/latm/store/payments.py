"""Payments in the database: how much of what each process has paid is on record, so that the rest can be told.

    paid (a file of notes for each process)  −  on record (a row for each)  =  unrecorded

Usage goes on record in the transaction of what it was spent on, and is added to its payer's row in the same one. What a
killed process had paid for and not put on record is the difference, whenever it is looked at.
"""

import hashlib
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, update

from latm.ledger import Usage
from latm.paid import Paid
from latm.store.database import Database
from latm.store.owners import is_alive, new_owner
from latm.store.schema import payers
from latm.store.usage import AnyRow, usage_of, usage_values

_NOBODY = ""
"""The payer of what was on record and was forgotten."""
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """What was paid for and stands nowhere else.

    Attributes:
        usage: of calls under way to the record, of those whose process ended first, and of what was forgotten.
        unknown: calls without a reply; what they cost is in no sum.
    """

    usage: Usage = field(default_factory=Usage)
    unknown: int = 0

    def __add__(self, other: "Unrecorded") -> "Unrecorded":
        return Unrecorded(self.usage + other.usage, self.unknown + other.unknown)


class PaymentTable(Database):
    """What the tool cache knows of payments."""

    def new_payer(self) -> tuple[str, Path] | None:
        """Become one that pays: the name, and the file for the notes. None for a store in memory."""
        if self.file is None and self._engine.dialect.name == "sqlite":
            return None
        name = new_owner()
        with self.writing() as connection:
            connection.execute(insert(payers).values(payer=name, paid=None, **usage_values(Usage())))
        return name, self._notes(name)

    def book_payments(self, closing: str = "") -> None:
        """Put on record what processes that have ended had paid, so that their files of notes may go.

        Args:
            closing: a payer that has ended although its process lives.
        """
        booked: list[str] = []
        with self.writing() as connection:
            for row in connection.execute(select(payers).where(payers.c.paid.is_(None))).all():
                if row.payer == closing or not is_alive(row.payer):
                    _book(connection, row, self._read(row.payer))
                    booked.append(row.payer)
        for name in booked:
            self._notes(name).unlink(missing_ok=True)

    def unrecorded(self, connection: Connection) -> Unrecorded:
        """What was paid for and is not on record, of all processes; read in the transaction of the record itself."""
        rows = connection.execute(select(payers)).all()
        total = Unrecorded()
        for row in rows:
            paid = self._read(row.payer) if row.paid is None else _booked(row)
            total += _difference(paid or Paid(usage_of(row)), usage_of(row))
        return total

    def _notes(self, payer: str) -> Path:
        """Beside the store's file; of a database server, in this machine's temporary folder."""
        beside = self.file or Path(tempfile.gettempdir()) / "latm.db"
        return beside.with_name(f"{beside.name}.{hashlib.sha256(payer.encode()).hexdigest()[:16]}.paid")

    def _read(self, payer: str) -> Paid | None:
        """A payer's notes; None where there are none any more."""
        for _ in range(_TRIES):
            try:
                paid = Paid.load(self._notes(payer).read_text("utf-8", "replace"))
            except OSError:
                return None
            if paid is not None:
                return paid
            time.sleep(0.001)  # it was read while it was written over
        return None


def settle(connection: Connection, spent: Iterable[Usage]) -> None:
    """Say that usages are on record now; in the transaction that puts them there."""
    by_payer: dict[str, Usage] = {}
    for payment in (payment for usage in spent for payment in usage.payments):
        by_payer[payment.payer] = by_payer.get(payment.payer, Usage()) + payment.usage
    for payer, usage in by_payer.items():
        _add(connection, payer, usage)


def paid_in(usage: Usage) -> Usage:
    """The part of a usage that is noted and not on record."""
    return sum((payment.usage for payment in usage.payments), Usage())


def keep_forgotten(connection: Connection, spent: Usage) -> None:
    """Keep what was spent on something whose record goes."""
    if not spent.calls:
        return
    row = connection.execute(select(payers).where(payers.c.payer == _NOBODY)).first()
    if row is None:
        nothing = {"payer": _NOBODY, "paid": Paid(spent).dump(), **usage_values(Usage())}
        connection.execute(insert(payers).values(nothing))
        return
    paid = Paid(_booked(row).usage + spent).dump()
    connection.execute(update(payers).where(payers.c.payer == _NOBODY).values(paid=paid))


def _add(connection: Connection, payer: str, usage: Usage) -> None:
    row = connection.execute(select(payers).where(payers.c.payer == payer)).first()
    if row is not None:
        added = usage_values(usage_of(row) + usage)
        connection.execute(update(payers).where(payers.c.payer == payer).values(added))


def _booked(row: AnyRow) -> Paid:
    return Paid.load(row.paid) or Paid(usage_of(row))


def _book(connection: Connection, row: AnyRow, paid: Paid | None) -> None:
    """Keep what a payer had paid in its row; a row that says nothing goes."""
    if paid is None or _difference(paid, usage_of(row)) == Unrecorded():
        connection.execute(delete(payers).where(payers.c.payer == row.payer))
    else:
        connection.execute(update(payers).where(payers.c.payer == row.payer).values(paid=paid.dump()))


def _difference(paid: Paid, on_record: Usage) -> Unrecorded:
    """What is left; a file that was read a moment after the row, or that somebody deleted, leaves nothing."""
    left = paid.usage - on_record
    return Unrecorded(left if left.calls > 0 else Usage(), paid.unknown)
