# ruff: noqa: T201  # the test reads what is printed
"""The release to come: upgrade a tool cache by what only adds to it, then record answers until killed.

Usage: newer.py URL NAME
"""

import itertools
import sys
import time

from sqlalchemy import Column, Connection, Text, text

from latm.answer import Answer, Route
from latm.store import Batch, ToolCache, database
from latm.store.schema import answers
from latm.task import Example

NEWER = f"{database.SCHEMAS[-1]}_1"
ADDED = (
    "ALTER TABLE answers ADD COLUMN more TEXT",
    "ALTER TABLE tasks ADD COLUMN weight INTEGER NOT NULL DEFAULT 1",
    "CREATE TABLE extras (id INTEGER PRIMARY KEY)",
    f"UPDATE latm_schema SET version_num = '{NEWER}'",  # noqa: S608  # a constant
)


def upgrade(connection: Connection) -> None:
    for statement in ADDED:
        connection.execute(text(statement))


def main(url: str, name: str) -> None:
    vars(database).update(SCHEMAS=(*database.SCHEMAS, NEWER), upgrade=upgrade)
    answers.append_column(Column("more", Text))
    with ToolCache.open(url) as cache:
        for number in itertools.count():
            cache.record(Batch([Answer(f"{name} {number}", "a", Route.DIRECT, name)], [(name, Example("q", "a"))]))
            print(number, flush=True)
            time.sleep(0.005)  # otherwise the test has thousands of answers to check


main(*sys.argv[1:])
