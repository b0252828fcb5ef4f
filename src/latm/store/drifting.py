"""Drift in the database: old questions that are asked again, and what is recorded when a kind has changed."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from latm.auditing import Certificate, Reasked, Source
from latm.event import Event, EventKind
from latm.store.certifying import OLD, of_a_model
from latm.store.counting import Given, advanced, due_row
from latm.store.database import before, now
from latm.store.events import append_events
from latm.store.loading import load_versions
from latm.store.revisions import touch
from latm.store.schema import audits, examples, tasks
from latm.task import TaskStatus
from latm.tool import ToolStatus

_EVERY = timedelta(days=1)
"""The time between two checks while a version serves and is audited."""


def ask_again(connection: Connection, task_id: int, name: str, version: int, state: Certificate) -> list[Event]:
    """Ask old questions again if that is due: before an earned promotion, and now and then after it.

    Returns:
        The events that follow at once: the promotion, if there is nothing to ask.
    """
    serves_long = state.status is ToolStatus.SERVING and state.asked_at < before(datetime.now(UTC) - _EVERY)
    if not (state.awaits_old or serves_long) or _is_asking(connection, task_id, version):
        return []
    at = now()
    oldest = select(examples, tasks.c.scope).join(tasks, tasks.c.id == examples.c.task_id).where(*of_a_model(task_id))
    rows = connection.execute(oldest.order_by(examples.c.id).limit(OLD)).all()
    for row in rows:
        given = Given(f"old/{task_id}/{row.id}/{at}", row.question, row.answer, row.scope)
        connection.execute(insert(audits), due_row(given, task_id, version, state.epoch.number, Source.OLD))
    return advanced(connection, task_id, name, version, [Reasked(len(rows), at)])


def conclude_change(connection: Connection, task_id: int, name: str, why: str) -> list[Event]:
    """Give up on a kind whose right answers change while its questions stay: no version of its tool serves it any more.

    Returns:
        The events.
    """
    which = (audits.c.task_id == task_id, audits.c.source == Source.OLD, audits.c.verdict == "wrong")
    found = connection.execute(select(audits).where(*which).order_by(audits.c.id.desc()).limit(OLD)).all()
    evidence = [{"question": row.question, "then": row.text, "now": row.reference} for row in found]
    happened = [
        Event(EventKind.RETIRED, name, version.number, "auditor", why)
        for version in load_versions(connection, tasks.c.id == task_id)
        if version.status in {ToolStatus.SERVING, ToolStatus.SHADOW}
    ]
    happened.append(Event(EventKind.DRIFTED, name, None, "auditor", why, {"what": "answers", "changed": evidence}))
    append_events(connection, task_id, happened)
    left = {"status": TaskStatus.UNTOOLABLE, "reason": f"{why} No program can know them."}
    connection.execute(update(tasks).where(tasks.c.id == task_id).values(left))
    touch(connection, [task_id])
    return happened


def _is_asking(connection: Connection, task_id: int, version: int) -> bool:
    of = (audits.c.task_id == task_id, audits.c.version == version, audits.c.source == Source.OLD)
    return connection.execute(select(audits.c.id).where(*of, audits.c.due.is_not(None)).limit(1)).first() is not None
