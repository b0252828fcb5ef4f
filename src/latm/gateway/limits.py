"""Keys of the gateway, and the limits on what they may spend."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal

_NANO = Decimal(10) ** 9


@dataclass(frozen=True, slots=True)
class Limit:
    """How much may be spent in a period.

    Attributes:
        usd: billionths of a US dollar; None without a limit.
        tokens: tokens sent and received; None without a limit.
        period: `day` or `month` (UTC), or `total`.
    """

    usd: int | None = None
    tokens: int | None = None
    period: str = "month"

    @property
    def is_set(self) -> bool:
        """Whether it limits anything."""
        return self.usd is not None or self.tokens is not None


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the gateway. The key itself is shown once and never stored.

    Attributes:
        id: the name of the key, which is not secret.
        name: the name that a person gave it.
        project: the project whose requests come with it.
        models: the models that it may ask; empty for all.
        per_minute: requests per minute; None without a limit.
        limit: how much it may spend.
        expires_at: when it expires, in seconds since the epoch; None for never.
        revoked_at: when it was revoked, in seconds since the epoch; None while it is valid.
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
        """Whether it may be used at a time, in seconds since the epoch."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Known:
    """All keys at one moment.

    Attributes:
        keys: the keys, by the digests of the keys themselves.
        limits: the limits of projects.
    """

    keys: Mapping[str, Key] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)


def digest(key: str) -> str:
    """What is stored of a key. A key is long and random, so one round of SHA-256 is enough."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def nano(usd: Decimal | None) -> int | None:
    """US dollars as billionths, rounded up."""
    return None if usd is None else int((usd * _NANO).to_integral_value(ROUND_CEILING))
