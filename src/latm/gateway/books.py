"""The books of the gateway: holds, draws and spending are checked against limits and rates in one transaction."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, delete, insert, select

from latm.gateway.account_tables import COUNTED, counters, holds, rates, spending
from latm.gateway.limits import Key, Limit
from latm.store.database import in_parts, rows_of
from latm.store.dialects import upsert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection

PERIODS = ("day", "month", "total")


@dataclass(frozen=True, slots=True)
class Hold:
    """The most that a request may spend, reserved until the request is settled."""

    id: str
    key: Key
    model: str
    usd: int
    tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Draw:
    """A number of a key's requests that a process wants to let through.

    Attributes:
        key: the key.
        count: the most requests.
    """

    key: Key
    count: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What a request has spent.

    Attributes:
        key: the id of its key; empty without a key.
        project: the project that pays for it.
        model: the model that answered.
        sent: tokens sent.
        received: tokens received.
        usd: billionths of a US dollar; None if the price is unknown.
        hold: the id of its hold; empty if there was none.
    """

    key: str
    project: str
    model: str
    sent: int
    received: int
    usd: int | None
    hold: str = ""


def subjects(key: str, project: str, period: str, at: float) -> tuple[str, str]:
    """The names of a key's and its project's counters for a period at a time, in seconds since the epoch."""
    form = {"day": "%Y-%m-%d", "month": "%Y-%m", "total": "total"}[period]
    when = datetime.fromtimestamp(at, UTC).strftime(form)
    return f"key:{key}:{when}", f"project:{project}:{when}"


def all_subjects(key: str, project: str, at: float) -> list[str]:
    """The names of a key's and its project's counters for all periods."""
    return [subject for period in PERIODS for subject in subjects(key, project, period, at)]


class Books:
    """One transaction over some entries: it reads all it needs at once, computes here, and writes all at once.

    Requests wait for these transactions, so the number of statements must not grow with the entries.

    Args:
        connection: inside the transaction.
        entries: everything to write.
        limits: the limits of projects.
        now: seconds since the epoch.
    """

    def __init__(
        self, connection: "Connection", entries: Sequence[Hold | Draw | Spent], limits: Mapping[str, Limit], now: float
    ) -> None:
        self._connection = connection
        self._limits = limits
        self._now = now
        self._holds = self._read_holds({one.hold for one in entries if isinstance(one, Spent)})
        subjects_ = {name for row in self._holds.values() for name in json.loads(row["subjects"])}
        for one in entries:
            if not isinstance(one, Draw):
                subjects_.update(all_subjects(*_whose(one), now))
        self._counted = {name: dict.fromkeys(COUNTED, 0) for name in subjects_}
        for row in self._read(counters, counters.c.subject, subjects_):
            self._counted[row["subject"]] = {name: row[name] for name in COUNTED}
        drawn = {one.key.id for one in entries if isinstance(one, Draw)}
        self._levels = {row["key"]: (row["level"], row["at"]) for row in self._read(rates, rates.c.key, drawn)}
        self._changed: set[str] = set()
        self._drawn: set[str] = set()
        self._held: dict[str, dict[str, Any]] = {}
        self._settled: list[str] = []
        self._spent: list[dict[str, Any]] = []

    def _read(self, table: Table, column: "ColumnElement[str]", names: Iterable[str]) -> "Iterator[Mapping[str, Any]]":
        for row in rows_of(self._connection, select(table), column, names):
            yield row._asdict()

    def _read_holds(self, names: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        expired = self._connection.execute(select(holds).where(holds.c.expires_at < self._now)).mappings()
        found = {row["id"]: dict(row) for row in expired}
        return found | {row["id"]: row for row in self._read(holds, holds.c.id, names)}

    def expire(self) -> None:
        """Settle expired holds. Their process died and nobody knows what it spent, so all of it counts as spent."""
        for row in [row for row in self._holds.values() if row["expires_at"] < self._now]:
            whose = (row["key"], row["project"], row["model"])
            self.settle(Spent(*whose, row["tokens"], 0, row["usd"], row["id"]))

    def entered(self, entry: Hold | Draw | Spent) -> int:
        """Whether an entry is possible, as settling always is; for a draw, how many requests."""
        match entry:
            case Hold():
                return self.hold(entry)
            case Draw():
                return self.draw(entry)
            case Spent():
                return self.settle(entry)

    def draw(self, draw: Draw) -> int:
        """Take from a bucket that fills evenly and holds the requests of one minute."""
        full = float(draw.key.per_minute or 0)
        level, at = self._levels.get(draw.key.id, (full, self._now))
        level = min(full, level + max(0.0, self._now - at) * full / 60)
        count = min(draw.count, int(level))
        self._levels[draw.key.id] = level - count, self._now
        self._drawn.add(draw.key.id)
        return count

    def hold(self, hold: Hold) -> bool:
        """Reserve an amount, if the key and its project may still spend it."""
        by_key, by_project = hold.key.limit, self._limits.get(hold.key.project, Limit())
        for place, limit in enumerate((by_key, by_project)):
            subject = subjects(hold.key.id, hold.key.project, limit.period, self._now)[place]
            if limit.is_set and not self._has_room(subject, limit, hold):
                return False
        names = all_subjects(hold.key.id, hold.key.project, self._now)
        self._add(names, held_usd=hold.usd, held_tokens=hold.tokens)
        row: dict[str, Any] = {"id": hold.id, "subjects": json.dumps(names), "key": hold.key.id}
        row |= {"project": hold.key.project, "model": hold.model, "usd": hold.usd, "tokens": hold.tokens}
        self._held[hold.id] = row | {"expires_at": self._now + hold.seconds}
        return True

    def _has_room(self, subject: str, limit: Limit, hold: Hold) -> bool:
        counted = self._counted[subject]
        usd, tokens = counted["spent_usd"] + counted["held_usd"], counted["spent_tokens"] + counted["held_tokens"]
        fits_usd = limit.usd is None or usd + hold.usd <= limit.usd
        return fits_usd and (limit.tokens is None or tokens + hold.tokens <= limit.tokens)

    def settle(self, spent: Spent) -> bool:
        """Count what was spent, and release what was held for it."""
        names = all_subjects(spent.key, spent.project, self._now)
        held: Mapping[str, Any] | None = self._held.pop(spent.hold, None)
        if held is None and (held := self._holds.pop(spent.hold, None)) is not None:
            self._settled.append(spent.hold)
        if held is not None:
            names = json.loads(held["subjects"])
            self._add(names, held_usd=-held["usd"], held_tokens=-held["tokens"])
        if not (spent.sent or spent.received or spent.usd):
            return True
        self._add(names, spent_usd=spent.usd or 0, spent_tokens=spent.sent + spent.received)
        values: dict[str, Any] = {"key": spent.key, "project": spent.project, "model": spent.model}
        values |= {"sent": spent.sent, "received": spent.received, "usd": spent.usd}
        self._spent.append(values | {"at": self._now})
        return True

    def _add(self, names: Iterable[str], **amounts: int) -> None:
        for name in names:
            self._changed.add(name)
            for what, amount in amounts.items():
                self._counted[name][what] += amount

    def write(self) -> None:
        """Write everything that changed."""
        counted = [{"subject": name, **self._counted[name]} for name in sorted(self._changed)]
        self._write(counters, counted, "subject")
        levels = [dict(zip(("key", "level", "at"), (key, *self._levels[key]), strict=True)) for key in self._drawn]
        self._write(rates, levels, "key")
        for part in in_parts(self._settled):
            self._connection.execute(delete(holds).where(holds.c.id.in_(part)))
        for table, rows in ((holds, [*self._held.values()]), (spending, self._spent)):
            if rows:
                self._connection.execute(insert(table), rows)

    def _write(self, table: Table, rows: Sequence[Mapping[str, Any]], key: str) -> None:
        if rows:
            kept = upsert(self._connection, table)
            own = {column.name: kept.excluded[column.name] for column in table.columns if column.name != key}
            self._connection.execute(kept.on_conflict_do_update(index_elements=[key], set_=own), [*rows])


def _whose(entry: Hold | Spent) -> tuple[str, str]:
    """The key's id and the project."""
    return (entry.key.id, entry.key.project) if isinstance(entry, Hold) else (entry.key, entry.project)
