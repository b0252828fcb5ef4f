"""Cases that a serving tool abstains from, in the database: they wait, durable, until a wider version answers them.

A case that waits is an example that does not stand yet. It stands once a version has been made that answers it; where
none could be, the cases become a kind of their own.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from latm.event import EventKind
from latm.store.database import Database, in_parts
from latm.store.examples import KEPT, keep_standing
from latm.store.loading import load_scopes
from latm.store.names import ensure_task, id_of
from latm.store.revisions import touch
from latm.store.schema import events, examples, tasks
from latm.store.tasks import count_came
from latm.task import WAITING, Example, Record


class WideningTable(Database):
    """What the tool cache knows of cases that wait."""

    def waiting_cases(self, task: str) -> list[Example]:
        """The cases that wait at a task for a wider tool, in the order in which they came; none of no task."""
        found = select(examples, tasks.c.scope).join(tasks, tasks.c.id == examples.c.task_id)
        with self.reading() as connection:
            rows = connection.execute(
                found.where(tasks.c.name == task, examples.c.dropped == WAITING).order_by(examples.c.id)
            ).all()
            scope_of = load_scopes(connection, select(tasks.c.scope).where(tasks.c.name == task))
        return [Example(row.question, row.answer, row.source, scope_of[row.scope]) for row in rows]

    def widenings(self, names: Sequence[str]) -> dict[str, int]:
        """How often a wider tool was tried, by task; 0 is left out."""
        found: dict[str, int] = {}
        with self.reading() as connection:
            for part in in_parts(names):
                of = select(tasks.c.name, func.count()).join(events, events.c.task_id == tasks.c.id)
                which = (tasks.c.name.in_(part), events.c.kind == EventKind.DRIFTED, events.c.who == "learner")
                found.update(connection.execute(of.where(*which).group_by(tasks.c.name)).all())
        return found

    def admit_cases(self, task: str) -> None:
        """Let the cases that waited stand, because a version answers them now.

        Raises:
            NotFoundError: there is no such task.
        """
        with self.writing() as connection:
            task_id = id_of(connection, task)
            connection.execute(update(examples).where(*_waiting(task_id)).values(dropped=""))
            keep_standing(connection, [task_id], KEPT)
            touch(connection, [task_id])

    def part_cases(self, task: str, apart: str) -> None:
        """Let the cases that waited be examples of a task of their own, because no version answers them.

        Args:
            task: where they waited.
            apart: the name of their own task.

        Raises:
            NotFoundError: there is no task where they waited.
        """
        with self.writing() as connection:
            task_id = id_of(connection, task)
            scope = next(iter(load_scopes(connection, select(tasks.c.scope).where(tasks.c.id == task_id)).values()))
            new_id, _ = ensure_task(connection, apart, scope)
            known = select(examples.c.question_key).where(examples.c.task_id == new_id)
            connection.execute(delete(examples).where(*_waiting(task_id), examples.c.question_key.in_(known)))
            moved = update(examples).where(*_waiting(task_id)).values(task_id=new_id, dropped="")
            count = len(connection.execute(moved.returning(examples.c.id)).all())
            count_came(connection, [(new_id, _share(connection, task_id, count))])
            touch(connection, [task_id, new_id])


def _waiting(task_id: int) -> tuple[ColumnElement[bool], ...]:
    return (examples.c.task_id == task_id, examples.c.dropped == WAITING)


def _share(connection: Connection, task_id: int, count: int) -> Record:
    """So many questions, each as dear as the task's are on average."""
    counted = (tasks.c.direct_answers, tasks.c.direct_tokens, tasks.c.direct_cost)
    answers, tokens, cost = connection.execute(select(*counted).where(tasks.c.id == task_id)).one()
    each = max(1, answers)
    dollars = None if cost is None else float(cost) * count / each
    return Record(came=count, direct_answers=count, direct_tokens=tokens * count // each, direct_cost=dollars)
