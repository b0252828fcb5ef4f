"""Events in the database, and what they mean for a task."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from latm.errors import NotFoundError
from latm.event import LEADS_TO, Event, EventKind
from latm.store.certifying import follow
from latm.store.database import Database, now, rows_of
from latm.store.loading import load_shadows, statuses
from latm.store.names import id_of, ids_of
from latm.store.revisions import touch
from latm.store.schema import events, tasks, versions
from latm.task import TaskStatus
from latm.tool import ToolStatus


class EventTable(Database):
    """The events in the tool cache."""

    def append_event(self, event: Event) -> None:
        """Record an event of a task or of a version of its tool.

        Raises:
            NotFoundError: there is no such task or version.
        """
        with self.writing() as connection:
            task_id = id_of(connection, event.task)
            if event.version is not None and not _has_version(connection, task_id, event.version):
                raise NotFoundError(f"The tool of {event.task!r} has no version {event.version}.")
            append_events(connection, task_id, [event])
            touch(connection, [task_id])

    def events(self, task: str | None = None, limit: int | None = 100) -> list[Event]:
        """The events, the oldest first.

        Args:
            task: only events of this task; if no task has the name, of those that had it when they were deleted.
            limit: the most events, of which the newest are taken; None for all.
        """
        newest = select(events).order_by(events.c.id.desc()).limit(limit)
        with self.reading() as connection:
            if task is not None:
                ids = ids_of(connection, [task])
                newest = newest.where(events.c.task_id == ids[task] if ids else events.c.task == task)
            rows = connection.execute(newest).all()
        return [
            Event(EventKind(row.kind), row.task, row.version, row.who, row.why, row.evidence, row.at)
            for row in reversed(rows)
        ]

    def suspensions(self, names: Sequence[str]) -> dict[str, int]:
        """How often audits have taken a version out of service or out of shadow, by task, without zeros."""
        counted = select(tasks.c.name, func.count()).join(events, events.c.task_id == tasks.c.id)
        which = (events.c.kind == EventKind.SUSPENDED, events.c.who == "auditor")
        with self.reading() as connection:
            return dict(rows_of(connection, counted.where(*which).group_by(tasks.c.name), tasks.c.name, names))


def append_events(connection: Connection, task_id: int, new: Sequence[Event]) -> None:
    """Record events of one task, and update the task's status if one of them decides it."""
    if not new:
        return
    note_events(connection, [(task_id, event) for event in new])
    deciding = [event for event in new if event.kind in LEADS_TO]
    for event in deciding:
        if event.version is not None:
            follow(connection, task_id, event.version, LEADS_TO[event.kind])
    if deciding:
        _follow(connection, task_id, deciding[-1])


def note_events(connection: Connection, new: Sequence[tuple[int, Event]]) -> None:
    """Record events, each with the id of its task. The caller carries out what they decide."""
    connection.execute(insert(events), [_to_values(task_id, event) for task_id, event in new])


def serving_number(connection: Connection, task_id: int) -> int | None:
    """The number of the version that serves a task: the newest one that may serve."""
    found = statuses(connection, select(tasks.c.id).where(tasks.c.id == task_id))
    return max((number for (_, number), status in found.items() if status is ToolStatus.SERVING), default=None)


def _follow(connection: Connection, task_id: int, last: Event) -> None:
    """A task is served exactly while one of its versions serves."""
    served = {"status": TaskStatus.SERVED, "reason": ""}
    why = f": {last.why}" if last.why else ""
    reason = f"version {last.version} of its tool was {last.kind}{why}"
    # A withdrawn tool must not come back at once: a new making takes as many questions again.
    without = {"status": TaskStatus.COLLECTING, "reason": reason, "tried_at": tasks.c.came}
    shadow = load_shadows(connection, [task_id]).get(task_id)
    if serving_number(connection, task_id) is not None:
        connection.execute(update(tasks).where(tasks.c.id == task_id).values(served))
    elif shadow is not None:
        waiting = {"status": TaskStatus.WAITING, "reason": in_shadow(shadow)}
        connection.execute(update(tasks).where(tasks.c.id == task_id).values(waiting))
    else:
        had_one = tasks.c.status.in_((TaskStatus.SERVED, TaskStatus.WAITING))
        lost = update(tasks).where(tasks.c.id == task_id, had_one)
        connection.execute(lost.values(without))


def in_shadow(number: int) -> str:
    """Why a task waits while its version is compared first."""
    return f"version {number} of its tool is compared with the model's answers before it serves"


def _has_version(connection: Connection, task_id: int, number: int) -> bool:
    found = select(versions.c.number).where(versions.c.task_id == task_id, versions.c.number == number)
    return connection.execute(found).first() is not None


def _to_values(task_id: int, event: Event) -> dict[str, Any]:
    return {
        "at": event.at or now(),
        "kind": event.kind,
        "task_id": task_id,
        "task": event.task,
        "version": event.version,
        "who": event.who,
        "why": event.why,
        "evidence": dict(event.evidence),
    }
