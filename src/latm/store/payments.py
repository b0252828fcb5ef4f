"""Payments in the database: how much of each process's payments is on record, which gives the unrecorded rest.

    paid (a file of notes for each process)  −  on record (a row for each)  =  unrecorded

Usage is recorded in the same transaction as what it was spent on, and added there to its payer's row. What a
killed process had paid for and not recorded is the difference, at any time.
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
"""The payer of what was recorded and then forgotten."""
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """What was paid for and is recorded nowhere else.

    Attributes:
        usage: the usage of calls not yet recorded, of those whose process ended first, and of what was forgotten.
        unknown: how many calls had no reply; no sum includes their cost.
    """

    usage: Usage = field(default_factory=Usage)
    unknown: int = 0

    def __add__(self, other: "Unrecorded") -> "Unrecorded":
        return Unrecorded(self.usage + other.usage, self.unknown + other.unknown)


class PaymentTable(Database):
    """The payments in the tool cache."""

    def new_payer(self) -> tuple[str, Path] | None:
        """Register a payer and return its name and the file for its notes; None for a store in memory."""
        if self.file is None and self._engine.dialect.name == "sqlite":
            return None
        name = new_owner()
        with self.writing() as connection:
            connection.execute(insert(payers).values(payer=name, paid=None, **usage_values(Usage())))
        return name, self._notes(name)

    def book_payments(self, closing: str = "") -> None:
        """Record what ended processes had paid, and delete their files of notes.

        Args:
            closing: a payer that has ended while its process lives.
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
        """What all processes paid and did not record. This is read in the transaction of the records themselves."""
        rows = connection.execute(select(payers)).all()
        total = Unrecorded()
        for row in rows:
            paid = self._read(row.payer) if row.paid is None else _booked(row)
            total += _difference(paid or Paid(usage_of(row)), usage_of(row))
        return total

    def _notes(self, payer: str) -> Path:
        """The file of notes: beside the store's file, or in the temporary folder for a database server."""
        beside = self.file or Path(tempfile.gettempdir()) / "latm.db"
        return beside.with_name(f"{beside.name}.{hashlib.sha256(payer.encode()).hexdigest()[:16]}.paid")

    def _read(self, payer: str) -> Paid | None:
        """A payer's notes; None if they are gone."""
        for _ in range(_TRIES):
            try:
                paid = Paid.load(self._notes(payer).read_text("utf-8", "replace"))
            except OSError:
                return None
            if paid is not None:
                return paid
            time.sleep(0.001)  # we read it while it was being overwritten
        return None


def settle(connection: Connection, spent: Iterable[Usage]) -> None:
    """Note that usages are now on record, in the transaction that records them."""
    by_payer: dict[str, Usage] = {}
    for payment in (payment for usage in spent for payment in usage.payments):
        by_payer[payment.payer] = by_payer.get(payment.payer, Usage()) + payment.usage
    for payer, usage in by_payer.items():
        _add(connection, payer, usage)


def paid_in(usage: Usage) -> Usage:
    """The part of a usage that is in the notes but not on record."""
    return sum((payment.usage for payment in usage.payments), Usage())


def keep_forgotten(connection: Connection, spent: Usage) -> None:
    """Keep what was spent on something whose record is deleted."""
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
    """Keep a payer's payments in its row; an empty row is deleted."""
    if paid is None or _difference(paid, usage_of(row)) == Unrecorded():
        connection.execute(delete(payers).where(payers.c.payer == row.payer))
    else:
        connection.execute(update(payers).where(payers.c.payer == row.payer).values(paid=paid.dump()))


def _difference(paid: Paid, on_record: Usage) -> Unrecorded:
    """The unrecorded rest. It is empty if the file was read a moment after the row, or if somebody deleted it."""
    left = paid.usage - on_record
    return Unrecorded(left if left.calls > 0 else Usage(), paid.unknown)
