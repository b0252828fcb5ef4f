"""What one process has paid, as its file of notes holds it."""

import json
import zlib
from dataclasses import dataclass, field
from decimal import Decimal

from latm.ledger import Usage

_WIDTH = 240


@dataclass(frozen=True, slots=True)
class Paid:
    """Running totals of model calls; one record of fixed width, which is written over in place.

    Attributes:
        usage: of the tries whose reply came.
        begun: tries that went out.
        ended: those of them whose reply came.
    """

    usage: Usage = field(default_factory=Usage)
    begun: int = 0
    ended: int = 0

    @property
    def unknown(self) -> int:
        """Tries without a reply: what they cost is not known."""
        return self.begun - self.ended

    def dump(self) -> str:
        """The record."""
        usage = self.usage
        cost = None if usage.cost is None else str(usage.cost)
        data = json.dumps([usage.calls, usage.input_tokens, usage.output_tokens, cost, self.begun, self.ended])
        return f"{_check(data)} {data}".ljust(_WIDTH) + "\n"

    @classmethod
    def load(cls, record: str) -> "Paid | None":
        """What `dump` gave; None of anything else, such as a record that was read while it was written over."""
        check, _, data = record.strip().partition(" ")
        if check != _check(data):
            return None
        calls, sent, received, cost, begun, ended = json.loads(data)
        return cls(Usage(calls, sent, received, None if cost is None else Decimal(cost)), begun, ended)


def _check(data: str) -> str:
    return f"{zlib.crc32(data.encode()):08x}"
