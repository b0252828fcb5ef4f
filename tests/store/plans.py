"""How PostgreSQL would carry out every query of the paths that answers and makings take, once much is on record.

Run: `python tests/store/plans.py --events 10000000`. A database is filled to that size by `generate_series`, a tenth of
it with audits and events; then what a gateway does is done once, each statement is explained with its own values, and
those are named that read a large table from end to end. A small form is a test.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import event, text

sys.path.append(str(Path(__file__).parents[1]))

from latm.answer import Answer, Route
from latm.auditing import Goal, Policy
from latm.ledger import Usage
from latm.models.port import Completion
from latm.provenance import Making, Outcome
from latm.store import RIGHT, Batch, Selection, ToolCache, Verdict, new_owner
from latm.task import Example, Record
from latm.tool import Program
from postgresql_server import fresh_database, running  # from where the line above says

LARGE = ("answers", "events", "audits", "examples")
_FILL = (
    """INSERT INTO tasks (id, name, scope, form, status, reason, revision, came, direct_answers, direct_tokens,
        direct_cost, tried_at, failures, retry_at)
    SELECT 1000 + n, 'task ' || n, '', '', 'served', '', 1, 10, 10, 100, '0', 10, 0, 0
    FROM generate_series(1, :tasks) n""",
    """INSERT INTO programs (id, source, kind, added_at)
    SELECT 'program ' || n, 'def parse(question): return None', 'compiled', '2026-01-01'
    FROM generate_series(1, :tasks) n""",
    """INSERT INTO versions (task_id, number, program, demonstrations, verification)
    SELECT 1000 + n, 1, 'program ' || n, '[]', '{}' FROM generate_series(1, :tasks) n""",
    """INSERT INTO examples (task_id, question_key, question, answer, source, dropped, added_at)
    SELECT 1000 + 1 + n % :tasks, md5(n::text), 'question ' || n, 'answer', 'm', '', '2026-01-01'
    FROM generate_series(1, 10 * :tasks) n""",
    """INSERT INTO events (at, kind, task_id, task, version, who, why, evidence)
    SELECT '2026-01-01', CASE WHEN n <= :tasks THEN 'promoted' ELSE 'audited' END, 1000 + 1 + n % :tasks,
        'task ' || (1 + n % :tasks), 1, 'auditor', '', '{}' FROM generate_series(1, :events / 10) n""",
    """INSERT INTO answers (id, question, text, route, task, tool_id, calls, input_tokens, output_tokens, cost, seconds,
        evidence, answered_at, serial, tool_task, version, epoch)
    SELECT n::text, 'question ' || n, 'answer', 'tool', 'task ' || (1 + n % :tasks), 'program ' || (1 + n % :tasks),
        0, 0, 0, '0', 0.001, '', to_char(timestamp '2026-01-01' + n * interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS'),
        'serial-' || n, 1000 + 1 + n % :tasks, 1, 1 FROM generate_series(1, :events) n""",
    """INSERT INTO audits (serial, task_id, version, source, epoch, due, owner, tries, verdict, scope, question, text,
        reference, why, calls, input_tokens, output_tokens, cost, drawn_at, settled_at)
    SELECT 'serial-' || n, 1000 + 1 + n % :tasks, 1, 'coin', 1, CASE WHEN n % 1000 = 0 THEN 0.0 END, '', 0,
        CASE WHEN n % 1000 = 0 THEN '' ELSE 'right' END, '', 'question ' || n, 'answer', 'answer', '', 1, 10, 2, '0',
        '2026-01-01', '2026-01-01' FROM generate_series(1, :events / 10) n""",
    "ANALYZE",
)


def fill(cache: ToolCache, events: int, tasks: int) -> None:
    """Put so much on record."""
    with cache._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in _FILL:
            connection.execute(
                text(statement),
                {key: value for key, value in (("events", events), ("tasks", tasks)) if f":{key}" in statement},
            )


def paths(cache: ToolCache) -> Mapping[str, Callable[[], object]]:
    """What is done while questions are answered, by a name for each."""
    served = Program("def parse(question): return {'a': 1}")
    verified = Goal(0.1, audit_share=0.3, policy=Policy.VERIFIED)
    tool = cache.record_making(Making("task 7", Outcome.MADE, "", served.id, "m"), served, goal=verified)
    if tool is None:
        raise SystemExit("the tool was not taken up")
    direct = [Answer(f"new {n}", "3", Route.DIRECT, usage=Usage(1, 10, 2), serial=f"d-{n}") for n in range(20)]
    by_tool = [
        Answer(f"known {n}", "3", Route.TOOL, "task 7", tool.id, serial=f"t-{n}", tool=("task 7", tool.number))
        for n in range(80)
    ]
    given = [("task 7", Example(answer.question, answer.text, "m")) for answer in direct]
    placed = {(answer.scope.digest, answer.question): "task 7" for answer in direct}
    batch = Batch([*direct, *by_tool], given, {"task 7": Record(came=20)}, placed, None, [(direct[0], ["task 7"])])
    owner, program = new_owner(), Program("def parse(question): return {}")
    completion = Completion("text", "m", Usage(1, 10, 2))
    making = Making("task 9", Outcome.MADE, "", program.id, "m")
    journal = cache.journal("task 9")

    def verdict() -> None:
        found = cache.audits("task 7", verdict="", limit=1)
        cache.settle_audits({found[0].id: Verdict(RIGHT, "3", "3", usage=Usage(1, 9, 9))})

    def kept() -> None:
        journal.get("k", 0)
        journal.put("k", 0, completion)

    return {
        "answers go on record": lambda: cache.record(batch),
        "answers go on record again": lambda: cache.record(Batch(by_tool, again=True)),
        "the watcher looks": lambda: cache.changes(cache.revision() - 1),
        "what is ripe": lambda: (
            cache.suspensions(["task 7"]),
            cache.records(["task 7"]),
            cache.typical_making_usage(),
        ),
        "a making is claimed": lambda: cache.claim_making("task 9", owner, 60.0, {}),
        "a completion is kept": kept,
        "a claim is renewed": lambda: cache.renew_claims([owner], 60.0),
        "a making goes on record": lambda: cache.record_making(making, program, owner=owner),
        "a making is put off": lambda: cache.postpone_making("task 9", "why", 0.0),
        "audits wait": cache.audits_wait,
        "audits are claimed": lambda: cache.claim_audits(owner, 60.0, 8),
        "a verdict goes on record": verdict,
        "an answer is found again": lambda: cache.answered(["serial-77"]),
        "what waits is recalled": lambda: cache.unplaced_answers(600),
    }


def upkeep(cache: ToolCache) -> Mapping[str, Callable[[], object]]:
    """What is done once an hour."""
    return {"old answers are forgotten": lambda: cache.forget(Selection(before="2026-01-01T00:05:00"))}


@contextmanager
def heard(cache: ToolCache) -> Iterator[list[tuple[str, Any]]]:
    """The statements that a cache sends while the block runs, each with its values."""
    said: list[tuple[str, Any]] = []

    def hear(*told: Any) -> None:
        statement, values, is_many = told[2], told[3], told[5]
        said.append((statement, values[0] if is_many else values))

    event.listen(cache._engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(cache._engine, "before_cursor_execute", hear)


def scans(plan: Mapping[str, Any]) -> Iterator[str]:
    """The large tables that a plan reads from end to end."""
    if plan["Node Type"] == "Seq Scan" and plan.get("Relation Name") in LARGE:
        yield plan["Relation Name"]
    for part in plan.get("Plans", ()):
        yield from scans(part)


def explained(cache: ToolCache, url: str, paths: Mapping[str, Callable[[], object]]) -> dict[str, Any]:
    """Every path's statements, and those of them that read a large table from end to end."""
    found: dict[str, Any] = {"statements": {}, "whole_tables_read": []}
    for name, path in paths.items():
        with heard(cache) as said:
            path()
        found["statements"][name] = len(said)
        with psycopg.connect(url) as connection:
            for statement, values in said:
                if not statement.lstrip().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
                    continue
                plan = connection.execute(f"EXPLAIN (FORMAT JSON) {statement}", values or None).fetchone()
                tables = list(scans(plan[0][0]["Plan"])) if plan else []
                if tables:
                    found["whole_tables_read"].append([name, tables, " ".join(statement.split())[:400]])
            connection.rollback()
    return found


def plans(server: str, events: int, tasks: int) -> dict[str, Any]:
    """Fill a database, and explain."""
    url = fresh_database(server)
    with ToolCache.open(url) as cache:
        fill(cache, events, tasks)
        found = {"answers": events, "tasks": tasks} | explained(cache, url, paths(cache))
        return found | {"upkeep": explained(cache, url, upkeep(cache))}


def main() -> None:
    """The large form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--tasks", type=int, default=10_000)
    chosen = parser.parse_args()
    with running() as server:
        sys.stdout.write(json.dumps(plans(server.url, chosen.events, chosen.tasks), indent=1) + "\n")


if __name__ == "__main__":
    main()
