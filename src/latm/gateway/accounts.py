"""The gateway's database of keys and spending. It is separate, so that learning in the store never delays a key."""

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from latm.errors import NotFoundError
from latm.gateway.account_tables import acts, counters, keys, metadata, projects, spending
from latm.gateway.books import Books, Draw, Hold, Spent, all_subjects
from latm.gateway.limits import Key, Known, Limit, digest
from latm.store.dialects import Clock, parse_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_PREFIX = "latm-"
_TURNS = "accounts"
"""Its writers take turns with each other only: those of a store in the same database may take long."""


class Accounts:
    """The database of keys and spending. Every method is one transaction; any thread and process may call it.

    Args:
        url: the URL of the database.

    Raises:
        StoreError: the database cannot be used.
    """

    def __init__(self, url: str) -> None:
        parsed, self._dialect = parse_url(url)
        self._where = self._dialect.where(parsed)
        self._dialect.prepare(parsed)
        self._engine = self._dialect.connect(parsed, _TURNS)
        try:
            with self._reading() as connection:
                self._dialect.refuse(connection, self._where)
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
        """Close the database."""
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
        """Create a key, and return the key itself and what is stored of it.

        Args:
            name: a name for people.
            project: the project whose requests come with it; empty: a new project for this key.
            models: the models that it may ask; empty for all.
            per_minute: requests per minute; None without a limit.
            limit: how much it may spend.
            seconds: how long it is valid; None for ever.
            who: who creates it.
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
        """Revoke a key.

        Raises:
            NotFoundError: there is no such key, or it was already revoked.
        """
        standing = (keys.c.id == id_, keys.c.revoked_at.is_(None))
        with self._writing() as connection:
            if not connection.execute(select(keys.c.id).where(*standing)).first():
                raise NotFoundError(f"There is no valid key {id_!r}.", hint="`latm keys list` shows all.")
            connection.execute(update(keys).where(*standing).values(revoked_at=time.time()))
            _note(connection, who, f"revoked key {id_}")

    def limit_project(self, name: str, limit: Limit, who: str = "person") -> None:
        """Limit what all keys of a project may spend together."""
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
        """What people did, the oldest first: when, who and what."""
        with self._reading() as connection:
            rows = connection.execute(select(acts.c.at, acts.c.who, acts.c.what).order_by(acts.c.row)).all()
        return [(row.at, row.who, row.what) for row in rows]

    def spent(self, subject: str) -> tuple[int, int]:
        """What a subject, as named by `subjects`, has spent: billionths of a US dollar and tokens."""
        with self._reading() as connection:
            row = connection.execute(select(counters).where(counters.c.subject == subject)).first()
        return (row.spent_usd, row.spent_tokens) if row else (0, 0)

    def write(self, entries: Sequence[Hold | Draw | Spent], limits: Mapping[str, Limit]) -> list[int]:
        """Settle what was spent, and reserve what the limits allow, in order and in one transaction.

        Args:
            entries: the most that requests may spend, how many requests are wanted, and what others have spent.
            limits: the limits of projects.

        Returns:
            For each entry, whether it was possible, as settling always is; for a draw, how many requests.
        """
        with self._writing() as connection:
            now: float = connection.execute(select(Clock())).scalar_one()
            books = Books(connection, entries, limits, now)
            books.expire()
            possible = [books.entered(one) for one in entries]
            books.write()
            return possible

    def rebuild(self) -> int:
        """Recompute the counters of keys and projects from the spending, and return how many there are."""
        with self._writing() as connection:
            held = {row.subject: row for row in connection.execute(select(counters))}
            connection.execute(delete(counters))
            totals: dict[str, list[int]] = {subject: [0, 0] for subject in held}
            for row in connection.execute(select(spending)):
                for subject in all_subjects(row.key, row.project, row.at):
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
        """Delete the rows of a key's spending, and return how many. The counters stay."""
        with self._writing() as connection:
            count: int = connection.execute(
                select(func.count()).select_from(spending).where(spending.c.key == id_)
            ).scalar_one()
            connection.execute(delete(spending).where(spending.c.key == id_))
            return count


def _key(row: Any) -> Key:
    limit = Limit(row.usd, row.tokens, row.period)
    models = tuple(json.loads(row.models))
    return Key(row.id, row.name, row.project, models, row.per_minute, limit, row.expires_at, row.revoked_at)


def _note(connection: "Connection", who: str, what: str) -> None:
    connection.execute(
        insert(acts), {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "who": who, "what": what}
    )
