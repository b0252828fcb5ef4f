"""Rows for every table of a database of any schema, found by looking at its tables; odd where a value may be odd."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Float, Integer, MetaData, Table, func, select

from latm.auditing import Certificate, dump_certificate
from latm.form import FOLDED
from latm.ledger import Usage
from latm.paid import Paid
from latm.question import Scope
from latm.store.columns import escaped
from latm.store.database import SCHEMA_TABLE
from latm.store.plain import packed
from latm.tool import Program

ROWS = 8
AT = "2026-01-02T03:04:05.678+00:00"
ODD = ("plain", "", "ünï – 😀", "nul \0 within", "\ud800 alone", "\x1a first", "two\nlines\r\n", "'; DROP TABLE x; --")
"""What a text may be, one for each row."""


def question(n: int) -> str:
    return f"Question {n}: {ODD[n % len(ODD)]}"


def source(n: int) -> str:
    return f"# program {n}: {ODD[n % len(ODD)]}\n".encode(errors="replace").decode()


def task(n: int) -> str:
    return escaped(f"task {n} {ODD[n % len(ODD)]}")


def program(n: int) -> str:
    return Program(source(n)).id


def scope(n: int) -> Scope:
    return Scope(f"project {n}", ODD[n % len(ODD)])


def as_json(value: object) -> str:
    return escaped(json.dumps(packed(value), ensure_ascii=False, separators=(",", ":")))


ARGUMENTS = {"words": ("b", "a"), "limit": Decimal("1.50"), "huge": 10**5000}
ATTEMPT = {"stage": "propose", "prompt": "write", "completion": "words\0", "gate": "held-out", "failure": "1 of 3"}

VALUES: Mapping[str, Callable[[int], Any]] = {
    "tasks.name": task,
    "task": task,
    "tool_id": program,
    "program": program,
    "second": lambda n: None if n % 2 else program(n),
    "tasks.status": lambda n: "served" if n % 2 else "collecting",
    "tasks.form": lambda n: FOLDED.dump() if n % 2 else "",
    "tasks.revision": lambda _: 0,
    "tools.id": program,
    "tools.status": lambda n: "serving" if n % 2 else "retired",
    "programs.id": program,
    "source": lambda n: escaped(source(n)),
    "examples.source": lambda n: "gold" if n % 2 else "test:strong",
    "audits.source": lambda n: "coin" if n % 2 else "shadow",
    "kind": lambda _: "compiled",
    "events.kind": lambda n: "promoted" if n % 2 else "retired",
    "events.version": lambda _: 1,
    "versions.version": lambda _: 1,
    "versions.number": lambda _: 1,
    "audits.version": lambda _: 1,
    "certificates.version": lambda _: 1,
    "certificates.attempt": lambda _: 1,
    "makings.version": lambda _: "0.1.0",
    "verdict": lambda n: ("right", "wrong", "abstained", "")[n % 4],
    "examples.dropped": lambda n: "" if n % 3 else "it was wrong",
    "question": lambda n: escaped(question(n)),
    "question_key": lambda n: hashlib.sha256(question(n).encode("utf-8", "surrogatepass")).hexdigest(),
    "digest": lambda n: scope(n).digest,
    "project": lambda n: scope(n).project,
    "instructions": lambda n: escaped(scope(n).instructions),
    "scopes.form": lambda _: "",
    "scopes.model": lambda _: "",
    "scope": lambda n: scope(n).digest,
    "outcome": lambda n: "made" if n % 2 else "failed",
    "route": lambda n: ("tool", "direct", "tool-user", "failed")[n % 4],
    "evidence": lambda n: as_json({"of": n, "odd": ODD[n % len(ODD)]}),
    "answers.evidence": lambda n: escaped(f"because {ODD[n % len(ODD)]}"),
    "earlier": lambda n: None if n % 2 else json.dumps({"tool_user": [1, 20, 3, "0.01"]}),
    "demonstrations": lambda n: as_json([[question(n), ARGUMENTS]]),
    "verification": lambda n: as_json({"answered": n, "held_out": 1}),
    "attempts": lambda _: as_json([ATTEMPT]),
    "caught": lambda _: as_json({"held-out": 1}),
    "notes": lambda _: as_json(["a label was dropped"]),
    "work": lambda n: as_json(["work", n]),
    "state": lambda _: as_json(dump_certificate(Certificate())),
    "cost": lambda n: None if n % 3 == 0 else f"0.{n:04}0",
    "direct_cost": lambda n: None if n % 3 == 0 else f"{n}.50",
    "payers.payer": lambda n: f"payer {n}",
    "paid": lambda n: None if n % 2 else Paid(Usage(n + 1, 20, 3, Decimal("0.5")), n + 1, n + 1).dump(),
    "serial": lambda n: f"serial-{n}",
    "due": lambda n: None if n % 4 != 3 else 5.0,
    "agrees": lambda n: None if n % 2 else 1,
    "judged": lambda _: None,
    "error": lambda n: 1.0 / (n + 1),
    "guard": lambda n: f"guard {n}",
    "task_id": lambda n: n + 1,
    "tool_task": lambda n: n + 1,
    "removed.name": lambda n: f"older {n}",
    "became": lambda n: None if n % 2 else f"task {n}",
    "owner": lambda _: "",
    "expires": lambda _: 0.0,
}
"""What a column holds in the n-th row, by its name, or by its table's and its own; the others go by their type."""


def fill(connection: Connection) -> None:
    """Put rows into every table that has none but those that it began with."""
    for table in tables_of(connection):
        if table.name in {"revision", "coin"}:
            continue
        connection.execute(table.insert(), list(_rows(table)))
        number = table.autoincrement_column
        if connection.dialect.name == "postgresql" and number is not None and number.server_default is not None:
            largest = connection.execute(select(func.max(number))).scalar_one()
            sequence = f"pg_get_serial_sequence('{table.name}', '{number.name}')"
            connection.exec_driver_sql(f"SELECT setval({sequence}, {largest})")


def tables_of(connection: Connection) -> list[Table]:
    """The tables that there are, parents first."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != SCHEMA_TABLE]


def kept(connection: Connection) -> dict[tuple[str, str], list[Any]]:
    """What each column holds, in no order."""
    return {
        (table.name, column.name): sorted(connection.scalars(select(column)), key=repr)
        for table in tables_of(connection)
        for column in table.columns
    }


def _rows(table: Table) -> Iterator[dict[str, Any]]:
    for n in range(ROWS):
        yield {column.name: _value(table, column, n) for column in table.columns}


def _value(table: Table, column: Column[Any], n: int) -> Any:
    made = VALUES.get(f"{table.name}.{column.name}") or VALUES.get(column.name)
    if made is not None:
        return made(n)
    if isinstance(column.type, Float):
        return n + 0.1
    if isinstance(column.type, BigInteger | Integer):
        return n + 1
    is_time = column.name.endswith("_at") or column.name == "at"
    return AT if is_time else escaped(f"{column.name} {n} {ODD[n % len(ODD)]}")
