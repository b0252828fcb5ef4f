"""The gateway's keys as the page shows them; never a key itself, which is nowhere."""

import time
from datetime import UTC, datetime

from latm.gateway.accounts import Accounts
from latm.gateway.books import subjects
from latm.gateway.limits import Key, Limit
from latm.report import Cell, Column, Table

_NANO = 1_000_000_000

_COLUMNS = (
    Column("key"),
    Column("id"),
    Column("project"),
    Column("models"),
    Column("requests a minute", ",", numeric=True),
    Column("budget"),
    Column("spent in this period"),
    Column("expires"),
    Column("state"),
)


def keys_table(accounts: Accounts) -> Table:
    """Every key, those that stand first.

    Args:
        accounts: the gateway's.
    """
    now = time.time()
    keys = sorted(accounts.known().keys.values(), key=lambda key: (not key.is_good(now), key.project, key.name))
    return Table(_COLUMNS, [_row(accounts, key, now) for key in keys])


def _row(accounts: Accounts, key: Key, now: float) -> list[Cell]:
    nano_usd, tokens = accounts.spent(subjects(key.id, key.project, key.limit.period, now)[0])
    revoked = "revoked" if key.revoked_at is not None else "expired"
    return [
        key.name,
        key.id,
        key.project,
        ", ".join(key.models) or "all",
        key.per_minute,
        _budget(key.limit),
        f"${nano_usd / _NANO:,.4f}, {tokens:,} tokens",
        "never" if key.expires_at is None else datetime.fromtimestamp(key.expires_at, UTC).date().isoformat(),
        "good" if key.is_good(now) else revoked,
    ]


def _budget(limit: Limit) -> str:
    if not limit.is_set:
        return "none"
    money = [f"${limit.usd / _NANO:,.2f}"] if limit.usd is not None else []
    tokens = [f"{limit.tokens:,} tokens"] if limit.tokens is not None else []
    return f"{', '.join([*money, *tokens])} a {limit.period}"
