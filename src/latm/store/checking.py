"""Checking a database: what cannot be read, what refers to nothing, what does not match its name."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Table, exists, func, select
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from latm.errors import StoreError
from latm.question import Scope
from latm.store.columns import restored
from latm.store.copying import stream
from latm.store.database import Database
from latm.store.examples import question_key
from latm.store.loading import statuses
from latm.store.schema import (
    NUMBERED,
    audits,
    certificates,
    coin,
    events,
    examples,
    metadata,
    programs,
    revision,
    scopes,
    tasks,
    versions,
)
from latm.task import TaskStatus
from latm.tool import Program, ToolKind, ToolStatus

_OF_VERSIONS = (certificates, audits, events)
"""The tables that refer to versions by their task's number and their own."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault in a database.

    Attributes:
        table: the table.
        said: the fault, in one sentence.
    """

    table: str
    said: str


def check(database: Database) -> list[Finding]:
    """Find everything that is wrong with a database. Nothing is changed, and others may go on writing.

    Returns:
        The faults; none if the database is sound. Of rows with the same fault one is named, with their number.
    """
    damage = database.find_damage()
    found = [Finding("", f"the database is damaged: {damage}")] if damage else []
    looks: list[Callable[[Connection], list[Finding]]] = [
        *(partial(_unreadable, table) for table in metadata.sorted_tables),
        *(_dangling, _of_no_version, _statuses, _single_rows),
        partial(_numbering, database),
    ]
    for look in looks:
        try:
            with database.reading() as connection:
                found += look(connection)
        except StoreError as error:
            found.append(Finding("", error.message))
    return list(dict.fromkeys(found))


def _unreadable(table: Table, connection: Connection) -> list[Finding]:
    """Rows with a value that does not fit its column, or that do not match their name."""
    faults: defaultdict[str, list[str]] = defaultdict(list)
    with closing(stream(connection, table)) as parts:
        for values in chain.from_iterable(parts):
            row = dict(zip(table.columns.keys(), values, strict=True))
            for fault in _faults(table, row, connection.dialect):
                faults[fault].append(_joined(row[column.name] for column in table.primary_key.columns))
    return [Finding(table.name, _told(fault, names[0], len(names))) for fault, names in faults.items()]


def _faults(table: Table, row: Row, dialect: Dialect) -> Iterator[str]:
    for column in table.columns:
        if isinstance(column.type, TypeDecorator):
            try:
                column.type.process_result_value(row[column.name], dialect)
            except (ValueError, ArithmeticError, TypeError, KeyError):  # whatever a damaged text causes in a decoder
                yield f"its {column.name} cannot be read"
    own = _OWN_NAME.get(table)
    if own is not None and (fault := own(row)):
        yield fault


def _program(row: Row) -> str:
    if row["kind"] not in set(ToolKind):
        return f"its kind is unknown: {row['kind']!r}"
    named = Program(restored(row["source"]), ToolKind(row["kind"])).id
    return "" if row["id"] == named else "its id is not the digest of its source"


def _scope(row: Row) -> str:
    parts = (restored(row[name]) for name in ("project", "instructions", "form", "model"))
    return "" if Scope(*parts).digest == row["digest"] else "its digest is not that of its texts"


def _example(row: Row) -> str:
    same = question_key(restored(row["question"])) == row["question_key"]
    return "" if same else "its key is not that of its question"


_OWN_NAME: Mapping[Table, Callable[[Row], str]] = {programs: _program, scopes: _scope, examples: _example}


def _dangling(connection: Connection) -> list[Finding]:
    """Rows whose parent is missing."""
    found = []
    for table in metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
            lost = (key.parent.is_not(None), ~exists().where(key.column == key.parent))
            fault = f"its {key.parent.name} is not in {key.column.table.name}"
            found += _counted(connection, table, fault, *lost)
    return found


def _of_no_version(connection: Connection) -> list[Finding]:
    """Rows about versions that a task does not have. What outlived its task may stay."""
    found = []
    for table in _OF_VERSIONS:
        known = exists().where(tasks.c.id == table.c.task_id)
        there = exists().where(versions.c.task_id == table.c.task_id, versions.c.number == table.c.version)
        fault = "it is of a version that its task does not have"
        found += _counted(connection, table, fault, table.c.version.is_not(None), known, ~there)
    return found


def _statuses(connection: Connection) -> list[Finding]:
    """Tasks whose status does not follow from the events of their versions."""
    found = statuses(connection, select(tasks.c.id))
    serving = {task for (task, _), status in found.items() if status is ToolStatus.SERVING}
    faults: defaultdict[str, list[str]] = defaultdict(list)
    for task_id, name, status in connection.execute(select(tasks.c.id, tasks.c.name, tasks.c.status)):
        if status not in set(TaskStatus):
            faults[f"its status is unknown: {status!r}"].append(repr(name))
        elif (status == TaskStatus.SERVED) != (task_id in serving):
            served = "a version of it serves" if task_id in serving else "none of its versions serves"
            faults[f"its status is {status}, and {served}"].append(repr(name))
    return [Finding("tasks", _told(fault, names[0], len(names))) for fault, names in faults.items()]


def _single_rows(connection: Connection) -> list[Finding]:
    """Whether the tables of one row have one, and whether a task is newer than the newest revision."""
    found = []
    for table in (revision, coin):
        count = connection.execute(select(func.count()).select_from(table)).scalar_one()
        if count != 1:
            found.append(Finding(table.name, f"there are {count} rows instead of one"))
    newest = select(func.max(revision.c.number)).scalar_subquery()
    return found + _counted(connection, tasks, "its revision is still to come", tasks.c.revision > newest)


def _numbering(database: Database, connection: Connection) -> list[Finding]:
    """Tables whose next row would get the number of an existing one."""
    found, last = [], database.last_numbers(connection)
    for table in NUMBERED:
        (number,) = table.primary_key.columns
        largest = connection.execute(select(func.max(number))).scalar_one() or 0
        if largest > last[table.name]:
            said = f"the next row would get a number that is taken: {last[table.name] + 1} of {largest}"
            found.append(Finding(table.name, said))
    return found


def _counted(connection: Connection, table: Table, fault: str, *which: Any) -> list[Finding]:
    """One finding for all rows that meet the condition."""
    key = list(table.primary_key.columns)
    first = connection.execute(select(*key).where(*which).order_by(*key).limit(1)).first()
    if first is None:
        return []
    count = connection.execute(select(func.count()).select_from(table).where(*which)).scalar_one()
    return [Finding(table.name, _told(fault, _joined(first), count))]


def _joined(key: Iterable[Any]) -> str:
    return " ".join(str(part) for part in key)


def _told(fault: str, name: str, count: int) -> str:
    return f"{name}: {fault}" if count == 1 else f"{name} and {count - 1:,} more: {fault}"
