"""Tasks that nobody asks for any more, in the database: they leave the index and stay on record."""

from sqlalchemy import Connection, func, select, update

from latm.event import Event, EventKind
from latm.known import Known
from latm.question import Scope
from latm.store.database import Database
from latm.store.events import append_events, serving_number
from latm.store.loading import load_known, pins
from latm.store.revisions import touch
from latm.store.schema import answers, tasks
from latm.task import TaskStatus


class RestingTable(Database):
    """What the tool cache knows of tasks that rest."""

    def rest_tasks(self, before: str) -> list[Event]:
        """Let tasks rest that were last asked for before a moment.

        Those that are pinned, or of which no answer is on record, stay as they are.

        Args:
            before: ISO 8601, UTC.

        Returns:
            What happened.
        """
        happened: list[Event] = []
        with self.writing() as connection:
            kept = pins(connection, select(tasks.c.id))
            awake = select(tasks.c.id, tasks.c.name).where(
                tasks.c.status.not_in((TaskStatus.DORMANT, TaskStatus.MERGED))
            )
            for task_id, name in connection.execute(awake).all():
                last = None if task_id in kept else _last_asked(connection, name)
                if last is not None and last < before:
                    why = f"nobody has asked for it since {last[:10]}"
                    event = Event(EventKind.DRIFTED, name, None, "learner", why, {"what": "died out", "last": last})
                    append_events(connection, task_id, [event])
                    resting = {"status": TaskStatus.DORMANT, "reason": why}
                    connection.execute(update(tasks).where(tasks.c.id == task_id).values(resting))
                    touch(connection, [task_id])
                    happened.append(event)
        return happened

    def resting(self, scope: Scope) -> list[Known]:
        """The tasks of a scope that rest, each with the tool that served it."""
        which = (tasks.c.status == TaskStatus.DORMANT) & (tasks.c.scope == scope.digest)
        with self.reading() as connection:
            return load_known(connection, which)


def wake(connection: Connection, ids: set[int]) -> None:
    """Let tasks that rest be looked up again, because they were asked for."""
    resting = select(tasks.c.id).where(tasks.c.id.in_(ids), tasks.c.status == TaskStatus.DORMANT)
    for task_id in connection.scalars(resting).all():
        serves = serving_number(connection, task_id) is not None
        awake = {"status": TaskStatus.SERVED if serves else TaskStatus.COLLECTING, "reason": ""}
        connection.execute(update(tasks).where(tasks.c.id == task_id).values(awake))


def _last_asked(connection: Connection, name: str) -> str | None:
    newest = select(func.max(answers.c.row)).where(answers.c.task == name).scalar_subquery()
    found: str | None = connection.execute(select(answers.c.answered_at).where(answers.c.row == newest)).scalar()
    return found
