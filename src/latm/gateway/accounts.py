"""Keys and spending, in a database of their own: what learning does to the store never holds up a key.

keys ─ ─ holds        what requests under way may spend at most
  ┊
  ├ ─ ─ rates        how many requests a key may make now
  ├ ─ ─ counters      what a key or a project has spent and holds in a period; can be rebuilt from spending
  ├ ─ ─ spending      one row an answer, never changed
  └ ─ ─ acts          what persons did, never changed
projects              limits of all keys of a project together
"""

import hashlib
import json
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import BigInteger, Column, Float, Integer, MetaData, Table, Text, delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from latm.errors import NotFoundError
from latm.store.columns import AnyText
from latm.store.database import in_parts
from latm.store.dialects import Clock, parse_url, upsert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection

PERIODS = ("day", "month", "total")
_NANO = Decimal(10) ** 9
_PREFIX = "latm-"
_TURNS = "accounts"
"""Whose turns its writers take: not those of a store in the same database, whose writers may take long."""

metadata = MetaData()

_limits = ("usd", "tokens")
_COUNTED = tuple(f"{kind}_{what}" for kind in ("spent", "held") for what in _limits)

keys = Table(
    "gateway_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("name", AnyText, nullable=False),
    Column("project", AnyText, nullable=False),
    Column("models", Text, nullable=False),
    Column("per_minute", Integer),
    *(Column(name, BigInteger) for name in _limits),
    Column("period", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float),
    Column("revoked_at", Float),
)
projects = Table(
    "gateway_projects",
    metadata,
    Column("name", AnyText, primary_key=True),
    *(Column(name, BigInteger) for name in _limits),
    Column("period", Text, nullable=False),
)
counters = Table(
    "gateway_counters",
    metadata,
    Column("subject", AnyText, primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in _COUNTED),
)
holds = Table(
    "gateway_holds",
    metadata,
    Column("id", Text, primary_key=True),
    Column("subjects", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("project", AnyText, nullable=False),
    Column("model", AnyText, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in _limits),
    Column("expires_at", Float, nullable=False),
)
rates = Table(
    "gateway_rates",
    metadata,
    Column("key", Text, primary_key=True),
    Column("level", Float, nullable=False),
    Column("at", Float, nullable=False),
)
spending = Table(
    "gateway_spending",
    metadata,
    Column("row", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("at", Float, nullable=False, index=True),
    Column("key", Text, nullable=False),
    Column("project", AnyText, nullable=False),
    Column("model", AnyText, nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("usd", BigInteger),
)
acts = Table(
    "gateway_acts",
    metadata,
    Column("row", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", AnyText, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Limit:
    """What may be spent in a period.

    Attributes:
        usd: in billionths of a US dollar; None without a limit.
        tokens: sent and received; None without a limit.
        period: `day` or `month` (UTC), or `total`.
    """

    usd: int | None = None
    tokens: int | None = None
    period: str = "month"

    @property
    def is_set(self) -> bool:
        """Whether there is one."""
        return self.usd is not None or self.tokens is not None


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the gateway; the key itself is shown once, and is nowhere.

    Attributes:
        id: names it; no secret.
        name: what a person calls it.
        project: whose requests come with it.
        models: that it may ask; empty for all.
        per_minute: requests; None without a limit.
        limit: what it may spend.
        expires_at: seconds since the epoch; None for never.
        revoked_at: the same; None while it stands.
    """

    id: str
    name: str
    project: str
    models: tuple[str, ...] = ()
    per_minute: int | None = None
    limit: Limit = Limit()
    expires_at: float | None = None
    revoked_at: float | None = None

    def is_good(self, now: float) -> bool:
        """Whether it may be used."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Known:
    """All keys at one moment.

    Attributes:
        keys: by the digest of the key itself.
        limits: of projects.
    """

    keys: Mapping[str, Key] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hold:
    """What a request may spend at most, kept from others until it is settled."""

    id: str
    key: Key
    model: str
    usd: int
    tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Draw:
    """Requests that a process wants to let through, of those that a key may make.

    Attributes:
        key: whose.
        count: how many at most.
    """

    key: Key
    count: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What a request has spent.

    Attributes:
        key: the id of its key; empty without one.
        project: whose it is.
        model: that answered.
        sent: tokens.
        received: tokens.
        usd: in billionths of a US dollar; None where the price is not known.
        hold: the id of what was kept for it; empty where nothing was.
    """

    key: str
    project: str
    model: str
    sent: int
    received: int
    usd: int | None
    hold: str = ""


def digest(key: str) -> str:
    """What is kept of a key. It is long and drawn at random, so one round of SHA-256 is enough."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def nano(usd: Decimal | None) -> int | None:
    """US dollars in billionths, rounded up."""
    return None if usd is None else int((usd * _NANO).to_integral_value(ROUND_CEILING))


class Accounts:
    """The database of keys and spending. Every method is one transaction; any thread and process may call it.

    Args:
        url: of the database.

    Raises:
        StoreError: it cannot be used.
    """

    def __init__(self, url: str) -> None:
        parsed, self._dialect = parse_url(url)
        self._where = self._dialect.where(parsed)
        self._dialect.prepare(parsed)
        self._engine = self._dialect.connect(parsed, _TURNS)
        try:
            with self._explained():
                self._dialect.settle(self._engine)
            with self._writing() as connection:
                metadata.create_all(connection)
        except BaseException:
            self._engine.dispose()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it."""
        self._engine.dispose()

    @contextmanager
    def _writing(self) -> "Iterator[Connection]":
        with self._explained(), self._engine.execution_options(writing=True).begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> "Iterator[Connection]":
        with self._explained(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _explained(self) -> "Iterator[None]":
        try:
            yield
        except (SQLAlchemyError, self._dialect.errors) as error:
            raise self._dialect.explain(getattr(error, "orig", None) or error, self._where) from error

    def create_key(  # noqa: PLR0913  # each is one thing that a key has
        self,
        *,
        name: str = "",
        project: str = "",
        models: Sequence[str] = (),
        per_minute: int | None = None,
        limit: Limit = Limit(),  # frozen
        seconds: float | None = None,
        who: str = "person",
    ) -> tuple[str, Key]:
        """A new key, itself and what is kept of it.

        Args:
            name: what a person calls it.
            project: whose requests come with it; empty: the key has one of its own.
            models: that it may ask; none for all.
            per_minute: requests; None without a limit.
            limit: what it may spend.
            seconds: how long it is good; None for ever.
            who: makes it.
        """
        secret, now = _PREFIX + secrets.token_urlsafe(32), time.time()
        expires = None if seconds is None else now + seconds
        id_ = secrets.token_hex(4)
        key = Key(id_, name, project or f"key-{id_}", tuple(models), per_minute, limit, expires)
        row: dict[str, Any] = {
            "id": key.id,
            "hash": digest(secret),
            "name": name,
            "project": key.project,
            "models": json.dumps(list(models)),
        }
        row |= {"per_minute": per_minute, "usd": limit.usd, "tokens": limit.tokens, "period": limit.period}
        with self._writing() as connection:
            connection.execute(insert(keys), row | {"created_at": now, "expires_at": expires})
            _note(connection, who, f"created key {key.id} of project {key.project!r}")
        return secret, key

    def revoke_key(self, id_: str, who: str = "person") -> None:
        """Let a key be good no more.

        Raises:
            NotFoundError: there is none, or it was revoked before.
        """
        standing = (keys.c.id == id_, keys.c.revoked_at.is_(None))
        with self._writing() as connection:
            if not connection.execute(select(keys.c.id).where(*standing)).first():
                raise NotFoundError(f"No key {id_!r} stands.", hint="`latm keys list` shows all.")
            connection.execute(update(keys).where(*standing).values(revoked_at=time.time()))
            _note(connection, who, f"revoked key {id_}")

    def limit_project(self, name: str, limit: Limit, who: str = "person") -> None:
        """Say what all keys of a project may spend together."""
        values = {"usd": limit.usd, "tokens": limit.tokens, "period": limit.period}
        with self._writing() as connection:
            connection.execute(delete(projects).where(projects.c.name == name))
            connection.execute(insert(projects), {"name": name} | values)
            _note(connection, who, f"limited project {name!r} to {limit}")

    def known(self) -> Known:
        """All keys and limits as they are now."""
        with self._reading() as connection:
            found = {row.hash: _key(row) for row in connection.execute(select(keys))}
            limits = {row.name: Limit(row.usd, row.tokens, row.period) for row in connection.execute(select(projects))}
        return Known(found, limits)

    def acts(self) -> list[tuple[str, str, str]]:
        """What persons did: when, who, what; the oldest first."""
        with self._reading() as connection:
            rows = connection.execute(select(acts.c.at, acts.c.who, acts.c.what).order_by(acts.c.row)).all()
        return [(row.at, row.who, row.what) for row in rows]

    def spent(self, subject: str) -> tuple[int, int]:
        """What a subject has spent, in billionths of a dollar and in tokens; see `subjects`."""
        with self._reading() as connection:
            row = connection.execute(select(counters).where(counters.c.subject == subject)).first()
        return (row.spent_usd, row.spent_tokens) if row else (0, 0)

    def write(self, entries: Sequence[Hold | Draw | Spent], limits: Mapping[str, Limit]) -> list[int]:
        """Settle what was spent, and keep what is wanted where its limits allow; in order, in one transaction.

        Args:
            entries: what requests may spend at most, how many are wanted, and what others have spent.
            limits: of projects.

        Returns:
            Of each entry, whether it was possible, which settling always is; of a draw, how many requests.
        """
        with self._writing() as connection:
            now: float = connection.execute(select(Clock())).scalar_one()
            books = _Books(connection, entries, limits, now)
            books.expire()
            possible = [books.entered(one) for one in entries]
            books.write()
            return possible

    def rebuild(self) -> int:
        """Count anew from the spending what keys and projects have spent; how many counters there are then."""
        with self._writing() as connection:
            held = {row.subject: row for row in connection.execute(select(counters))}
            connection.execute(delete(counters))
            totals: dict[str, list[int]] = {subject: [0, 0] for subject in held}
            for row in connection.execute(select(spending)):
                for subject in _all_subjects(row.key, row.project, row.at):
                    total = totals.setdefault(subject, [0, 0])
                    total[0] += row.usd or 0
                    total[1] += row.sent + row.received
            rows = [
                {
                    "subject": subject,
                    "spent_usd": usd,
                    "spent_tokens": tokens,
                    "held_usd": held[subject].held_usd if subject in held else 0,
                    "held_tokens": held[subject].held_tokens if subject in held else 0,
                }
                for subject, (usd, tokens) in totals.items()
            ]
            if rows:
                connection.execute(insert(counters), rows)
            return len(rows)

    def forget_key(self, id_: str) -> int:
        """Forget what a key spent, row by row; the counters stay. How many rows went."""
        with self._writing() as connection:
            count: int = connection.execute(
                select(func.count()).select_from(spending).where(spending.c.key == id_)
            ).scalar_one()
            connection.execute(delete(spending).where(spending.c.key == id_))
            return count


def subjects(key: str, project: str, period: str, at: float) -> tuple[str, str]:
    """What a key, and its project, are called in the counters at a time."""
    form = {"day": "%Y-%m-%d", "month": "%Y-%m", "total": "total"}[period]
    when = datetime.fromtimestamp(at, UTC).strftime(form)
    return f"key:{key}:{when}", f"project:{project}:{when}"


def _all_subjects(key: str, project: str, at: float) -> list[str]:
    return [subject for period in PERIODS for subject in subjects(key, project, period, at)]


def _key(row: Any) -> Key:
    limit = Limit(row.usd, row.tokens, row.period)
    models = tuple(json.loads(row.models))
    return Key(row.id, row.name, row.project, models, row.per_minute, limit, row.expires_at, row.revoked_at)


def _note(connection: "Connection", who: str, what: str) -> None:
    connection.execute(
        insert(acts), {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "who": who, "what": what}
    )


class _Books:
    """What one transaction makes of its entries: read at once, reckoned here, and written at once.

    Requests wait for these transactions, so that what one takes does not grow with its entries.

    Args:
        connection: inside the transaction.
        entries: all that will be written.
        limits: of projects.
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
                subjects_.update(_all_subjects(*_whose(one), now))
        self._counted = {name: dict.fromkeys(_COUNTED, 0) for name in subjects_}
        for row in self._read(counters, counters.c.subject, subjects_):
            self._counted[row["subject"]] = {name: row[name] for name in _COUNTED}
        drawn = {one.key.id for one in entries if isinstance(one, Draw)}
        self._levels = {row["key"]: (row["level"], row["at"]) for row in self._read(rates, rates.c.key, drawn)}
        self._counted_anew: set[str] = set()
        self._drawn: set[str] = set()
        self._held: dict[str, dict[str, Any]] = {}
        self._settled: list[str] = []
        self._spent: list[dict[str, Any]] = []

    def _read(self, table: Table, column: "ColumnElement[str]", names: Iterable[str]) -> "Iterator[Mapping[str, Any]]":
        for part in in_parts(names):
            for row in self._connection.execute(select(table).where(column.in_(part))).mappings():
                yield dict(row)

    def _read_holds(self, names: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        expired = self._connection.execute(select(holds).where(holds.c.expires_at < self._now)).mappings()
        found = {row["id"]: dict(row) for row in expired}
        return found | {row["id"]: row for row in self._read(holds, holds.c.id, names)}

    def expire(self) -> None:
        """Whoever held what has expired has died: nobody knows what came of it, so all of it counts as spent."""
        for row in [row for row in self._holds.values() if row["expires_at"] < self._now]:
            whose = (row["key"], row["project"], row["model"])
            self.settle(Spent(*whose, row["tokens"], 0, row["usd"], row["id"]))

    def entered(self, entry: Hold | Draw | Spent) -> int:
        """Whether an entry is possible, which settling always is; of a draw, how many requests."""
        match entry:
            case Hold():
                return self.hold(entry)
            case Draw():
                return self.draw(entry)
            case Spent():
                return self.settle(entry)

    def draw(self, draw: Draw) -> int:
        """Take from a bucket that fills evenly, and holds what comes in a minute."""
        full = float(draw.key.per_minute or 0)
        level, at = self._levels.get(draw.key.id, (full, self._now))
        level = min(full, level + max(0.0, self._now - at) * full / 60)
        count = min(draw.count, int(level))
        self._levels[draw.key.id] = level - count, self._now
        self._drawn.add(draw.key.id)
        return count

    def hold(self, hold: Hold) -> bool:
        """Keep an amount, if the key and its project may still spend it."""
        by_key, by_project = hold.key.limit, self._limits.get(hold.key.project, Limit())
        for place, limit in enumerate((by_key, by_project)):
            subject = subjects(hold.key.id, hold.key.project, limit.period, self._now)[place]
            if limit.is_set and not self._has_room(subject, limit, hold):
                return False
        names = _all_subjects(hold.key.id, hold.key.project, self._now)
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
        """Count what was spent, and let go of what was held for it."""
        names = _all_subjects(spent.key, spent.project, self._now)
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
            self._counted_anew.add(name)
            for what, amount in amounts.items():
                self._counted[name][what] += amount

    def write(self) -> None:
        """Put on record what has changed."""
        counted = [{"subject": name, **self._counted[name]} for name in sorted(self._counted_anew)]
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
    """The key and the project."""
    return (entry.key.id, entry.key.project) if isinstance(entry, Hold) else (entry.key, entry.project)
