"""Resting tasks in the database: nobody asks for them any more, so they leave the index but stay on record."""

from sqlalchemy import Connection, Select, bindparam, select, update

from latm.event import Event, EventKind
from latm.known import Known
from latm.question import Scope
from latm.store.database import Database
from latm.store.events import note_events, serving_number
from latm.store.loading import load_known, pins
from latm.store.revisions import touch
from latm.store.schema import answers, tasks
from latm.task import TaskStatus

_ASLEEP = (TaskStatus.DORMANT, TaskStatus.MERGED)


class RestingTable(Database):
    """The resting tasks in the tool cache."""

    def rest_tasks(self, before: str) -> list[Event]:
        """Put tasks to rest that were last asked for before a moment.

        Pinned tasks, and tasks without an answer on record, stay as they are.

        Args:
            before: the moment, ISO 8601, UTC.

        Returns:
            The events.
        """
        with self.writing() as connection:
            kept = pins(connection, select(tasks.c.id))
            asked = connection.execute(_last_asked().where(tasks.c.status.not_in(_ASLEEP))).all()
            idle = [row for row in asked if row.id not in kept and row.last is not None and row.last < before]
            if not idle:
                return []
            happened = [(row.id, _died_out(row.name, row.last)) for row in idle]
            note_events(connection, happened)
            resting = update(tasks).where(tasks.c.id == bindparam("which")).values(status=TaskStatus.DORMANT)
            why = [{"which": task_id, "reason": event.why} for task_id, event in happened]
            connection.execute(resting, why)
            touch(connection, [row.id for row in idle])
        return [event for _, event in happened]

    def resting(self, scope: Scope) -> list[Known]:
        """The resting tasks of a scope, each with the tool that served it."""
        which = (tasks.c.status == TaskStatus.DORMANT) & (tasks.c.scope == scope.digest)
        with self.reading() as connection:
            return load_known(connection, which)


def wake(connection: Connection, ids: set[int]) -> None:
    """Wake resting tasks, because they were asked for: they are looked up again."""
    resting = select(tasks.c.id).where(tasks.c.id.in_(ids), tasks.c.status == TaskStatus.DORMANT)
    for task_id in connection.scalars(resting).all():
        serves = serving_number(connection, task_id) is not None
        awake = {"status": TaskStatus.SERVED if serves else TaskStatus.COLLECTING, "reason": ""}
        connection.execute(update(tasks).where(tasks.c.id == task_id).values(awake))


def _last_asked() -> Select[int, str, str | None]:
    """Selects tasks with the time of their last question: one index look-up each, in one query for all."""
    of_task = select(answers.c.answered_at).where(answers.c.task == tasks.c.name)
    return select(
        tasks.c.id, tasks.c.name, of_task.order_by(answers.c.row.desc()).limit(1).scalar_subquery().label("last")
    )


def _died_out(name: str, last: str) -> Event:
    why = f"nobody has asked for it since {last[:10]}"
    return Event(EventKind.DRIFTED, name, None, "learner", why, {"what": "died out", "last": last})
