"""Column types that accept every text, every plain value and every price, and return exactly the same."""

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from latm.store.plain import TAG, packed, unpacked

RowId = BigInteger().with_variant(Integer(), "sqlite")
"""A growing number. SQLite numbers rows by itself only if the type is called INTEGER."""

_MARK = "\x1a"
_NEEDS_ESCAPE = re.compile(f"^{_MARK}|[\0\ud800-\udfff]")


def escaped(text: str) -> str:
    """A text as `AnyText` stores it, for statements that bypass the column types because there are many rows."""
    plain = text.isascii() and "\0" not in text and not text.startswith(_MARK)  # like most; a search takes longer
    if plain or not _NEEDS_ESCAPE.search(text):
        return text
    return _MARK + text.encode("unicode_escape").decode("ascii")


def escaped_all(*texts: str) -> Sequence[str]:
    """`escaped` for each text. Most have nothing to escape, which is faster to see in all of them at once."""
    whole = "".join(texts)
    if whole.isascii() and "\0" not in whole and _MARK not in whole:
        return texts
    return [escaped(text) for text in texts]


def restored(text: str) -> str:
    """The inverse of `escaped`."""
    return text[1:].encode("ascii").decode("unicode_escape") if text.startswith(_MARK) else text


def decoded(text: str) -> Any:
    """Plain data from the text that `PlainData` stores."""
    text = restored(text)
    value = json.loads(text)
    return unpacked(value) if TAG in text else value


class AnyText(TypeDecorator[str]):
    """Any text, as people type it or models garble it.

    No database stores lone surrogates, and PostgreSQL does not store NUL. Such a text is kept as the control character
    SUBSTITUTE followed by its Python escapes. All other texts are stored as they are.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # SQLAlchemy's
        """To the database."""
        return None if value is None else escaped(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # SQLAlchemy's
        """From the database."""
        return None if value is None else restored(value)


class PlainData(TypeDecorator[Any]):
    """Plain data as JSON text; `latm.store.plain` describes the encoding of what JSON lacks."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:  # noqa: ARG002  # SQLAlchemy's signature
        """To the database."""
        return escaped(json.dumps(packed(value), ensure_ascii=False, separators=(",", ":")))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002  # SQLAlchemy's
        """From the database."""
        return None if value is None else decoded(value)


class Money(TypeDecorator[Decimal]):
    """US dollars, exact, as decimal text; NULL if the price is unknown."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # SQLAlchemy's
        """To the database."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002  # SQLAlchemy's
        """From the database."""
        return None if value is None else Decimal(value)
