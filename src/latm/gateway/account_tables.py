"""The tables of keys and spending.

keys ─ ─ holds        what requests under way may spend at most
  ┊
  ├ ─ ─ rates        how many requests a key may make now
  ├ ─ ─ counters      what a key or a project has spent and holds in a period; can be rebuilt from spending
  ├ ─ ─ spending      one row per answer, never changed
  └ ─ ─ acts          what people did, never changed
projects              the limits on all keys of a project together
"""

from sqlalchemy import BigInteger, Column, Float, Integer, MetaData, Table, Text

from latm.store.columns import AnyText

metadata = MetaData()

_LIMITS = ("usd", "tokens")
COUNTED = tuple(f"{kind}_{what}" for kind in ("spent", "held") for what in _LIMITS)
"""The amounts of a counter."""

keys = Table(
    "gateway_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("name", AnyText, nullable=False),
    Column("project", AnyText, nullable=False),
    Column("models", Text, nullable=False),
    Column("per_minute", Integer),
    *(Column(name, BigInteger) for name in _LIMITS),
    Column("period", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float),
    Column("revoked_at", Float),
)
projects = Table(
    "gateway_projects",
    metadata,
    Column("name", AnyText, primary_key=True),
    *(Column(name, BigInteger) for name in _LIMITS),
    Column("period", Text, nullable=False),
)
counters = Table(
    "gateway_counters",
    metadata,
    Column("subject", AnyText, primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in COUNTED),
)
holds = Table(
    "gateway_holds",
    metadata,
    Column("id", Text, primary_key=True),
    Column("subjects", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("project", AnyText, nullable=False),
    Column("model", AnyText, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in _LIMITS),
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
