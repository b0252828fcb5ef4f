"""Column types that take every text, every plain value and every price, and give back exactly the same."""

import json
import re
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from latm.store.plain import packed, unpacked

RowId = BigInteger().with_variant(Integer(), "sqlite")
"""A growing number; SQLite numbers rows by itself only where the type is called INTEGER."""

_MARK = "\x1a"
_NEEDS_ESCAPE = re.compile(f"^{_MARK}|[\0\ud800-\udfff]")


class AnyText(TypeDecorator[str]):
    """Text as people type it and as models garble it.

    No database keeps lone surrogates, and PostgreSQL keeps no NUL: such a text is stored as the control character
    SUBSTITUTE followed by its Python escapes. All other texts stand in the database as they are.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # SQLAlchemy's
        """To the database."""
        if value is None or not _NEEDS_ESCAPE.search(value):
            return value
        return _MARK + value.encode("unicode_escape").decode("ascii")

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # SQLAlchemy's
        """From the database."""
        if value is None or not value.startswith(_MARK):
            return value
        return value[1:].encode("ascii").decode("unicode_escape")


class PlainData(TypeDecorator[Any]):
    """Plain data as JSON text; `latm.store.plain` says how what JSON lacks is written."""

    impl = AnyText
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:  # noqa: ARG002  # SQLAlchemy's signature
        """To the database."""
        return json.dumps(packed(value), ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002  # SQLAlchemy's
        """From the database."""
        return None if value is None else unpacked(json.loads(value))


class Money(TypeDecorator[Decimal]):
    """US dollars, exact, as decimal text; NULL where the price is unknown."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # SQLAlchemy's
        """To the database."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002  # SQLAlchemy's
        """From the database."""
        return None if value is None else Decimal(value)
