"""Copying one database into another of either kind: row by row, in one transaction, and compared with the source."""

import hashlib
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select

from latm.errors import StoreError, StoreNewerError
from latm.store.database import SCHEMAS, Database
from latm.store.dialects import insert_rows
from latm.store.loading import plain_table
from latm.store.schema import coin, metadata, revision, scopes

_AT_ONCE = 5_000
_SEEDED = (revision, coin)
"""Tables that have one row from the start."""

Told = Callable[[str, int], object]
"""Hears a table's name and how many of its rows have been copied so far."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a table holds, in a form in which two databases can be compared.

    Attributes:
        rows: how many rows.
        digest: the sum of the 256-bit hashes of its rows, modulo 2²⁵⁶: the same in any order of reading.
    """

    rows: int = 0
    digest: int = 0

    def and_rows(self, rows: Sequence[Sequence[Any]]) -> "Contents":
        """The contents with more rows."""
        hashes = (hashlib.blake2b(repr(tuple(row)).encode(), digest_size=32).digest() for row in rows)
        digest = self.digest + sum(int.from_bytes(each) for each in hashes)
        return Contents(self.rows + len(rows), digest % (1 << 256))


def copy(
    source: Database, target: Database, *, replace: bool = False, told: Told | None = None
) -> Mapping[str, Contents]:
    """Copy a database into another, to the last value, and continue its numbering there.

    It is one transaction in each: others may go on writing to the source meanwhile, and a copy that fails or is
    killed leaves nothing in the target.

    Args:
        source: the source, read as it is when the copying begins.
        target: the target, which must be empty unless `replace` is set.
        replace: whether to delete what the target holds.
        told: hears of the progress.

    Returns:
        What each table holds, in the order of copying.

    Raises:
        StoreError: the target is the source, or holds something and must not be replaced; or it does not hold in
            the end what the source does.
    """
    if source.address == target.address:
        raise StoreError(f"{target.address} would be copied into itself.", hint="Name another database.")
    contents: dict[str, Contents] = {}
    with source.reading() as reader, target.writing() as writer:
        _refuse_unknown({source.address: source.schema(reader), target.address: target.schema(writer)})
        if not replace and (held := first_held(writer)):
            raise StoreError(
                f"{target.address} is not empty: there are {held}.",
                hint="Name an empty database, or use --replace, which deletes what this one holds.",
            )
        for table in reversed(metadata.sorted_tables):
            writer.execute(delete(table))
        for table in metadata.sorted_tables:
            contents[table.name] = _copy_table(table, reader, writer, told)
        target.go_on_after(writer, source.last_numbers(reader))
        _refuse_difference(contents, fingerprints(writer), target.address)
    return contents


def fingerprints(connection: Connection) -> dict[str, Contents]:
    """What each table of a database holds."""
    found = {}
    for table in metadata.sorted_tables:
        held = Contents()
        for rows in stream(connection, table):
            held = held.and_rows(rows)
        found[table.name] = held
    return found


def stream(connection: Connection, table: Table) -> Generator[Sequence[Sequence[Any]]]:
    """All rows of a table as the database stores them, in portions, never all in memory."""
    every = select(*plain_table(table.name).columns)
    with connection.execute(every, execution_options={"yield_per": _AT_ONCE}) as found:
        yield from found.partitions()


def first_held(connection: Connection) -> str:
    """What a database holds that a new one does not, by the first table that has any; empty if it is like new."""
    for table in metadata.sorted_tables:
        if table in _SEEDED:
            continue
        count = select(func.count()).select_from(table)
        rows = connection.execute(count.where(scopes.c.digest != "") if table is scopes else count).scalar_one()
        if rows:
            return f"{rows:,} {table.name}"
    return ""


def _refuse_unknown(schemas: Mapping[str, str]) -> None:
    for address, schema in schemas.items():
        if schema != SCHEMAS[-1]:
            raise StoreNewerError(
                f"{address} holds what only a newer latm knows (schema {schema!r}; this one knows {SCHEMAS[-1]!r}).",
                hint="Copy it with the newer latm.",
            )


def _copy_table(table: Table, reader: Connection, writer: Connection, told: Told | None) -> Contents:
    columns = [column.name for column in table.columns]
    copied = Contents()
    with closing(stream(reader, table)) as parts:
        for rows in parts:
            insert_rows(writer, table, columns, [tuple(row) for row in rows])
            copied = copied.and_rows(rows)
            if told is not None:
                told(table.name, copied.rows)
    return copied


def _refuse_difference(wanted: Mapping[str, Contents], found: Mapping[str, Contents], where: str) -> None:
    differing = [name for name, contents in wanted.items() if contents != found[name]]
    if differing:
        counts = ", ".join(f"{name} ({wanted[name].rows:,} rows, {found[name].rows:,} arrived)" for name in differing)
        raise StoreError(f"{where} does not hold what was copied: {counts}.", hint="Nothing was kept of the copy.")
