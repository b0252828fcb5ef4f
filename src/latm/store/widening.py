"""Widening in the database: a kind that turned out to be another one in other words becomes part of that one."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select, update

from latm.event import EventKind
from latm.ledger import usd
from latm.store.answers import RECENT
from latm.store.database import Database, rows_of
from latm.store.examples import add_to_samples
from latm.store.loading import load_known
from latm.store.names import id_of
from latm.store.revisions import remove_names, touch
from latm.store.schema import answers, events, makings, tasks
from latm.store.tasks import count_came, forget_tasks
from latm.task import Record


class WideningTable(Database):
    """Kinds in the tool cache that are one."""

    def taken_for(self, part: str, questions: Sequence[str]) -> str | None:
        """The one other task that a task's recent questions were taken for; None without one."""
        with self.reading() as connection:
            newest = connection.execute(select(func.max(answers.c.row))).scalar_one() or 0
            recent = select(answers.c.task).where(answers.c.row > newest - RECENT).distinct()
            found = {row.task for row in rows_of(connection, recent, answers.c.question, questions)}
        others = found - {part}
        return others.pop() if len(others) == 1 else None

    def widenings(self, task: str) -> int:
        """How often a wider version of a task's tool was tried."""
        of = select(func.count()).join(tasks, events.c.task_id == tasks.c.id).where(tasks.c.name == task)
        with self.reading() as connection:
            tried = of.where(events.c.kind == EventKind.DRIFTED, events.c.who == "maker")
            return connection.execute(tried).scalar_one()

    def merge_task(self, name: str, into: str) -> None:
        """Make a task part of another: its examples, answers, makings and counts go there, and so does its name.

        Raises:
            NotFoundError: there is no such task.
        """
        with self.writing() as connection:
            task_id, into_id = id_of(connection, name), id_of(connection, into)
            (known,) = load_known(connection, tasks.c.id == task_id)
            add_to_samples(connection, [(into_id, example) for example in known.task.examples])
            count_came(connection, [(into_id, _counted(connection, task_id))])
            for table in (answers, makings):
                connection.execute(update(table).where(table.c.task == name).values(task=into))
            forget_tasks(connection, {name: task_id})
            remove_names(connection, {name: into}, touch(connection, [into_id]))


def _counted(connection: Connection, task_id: int) -> Record:
    counted = (tasks.c.came, tasks.c.direct_answers, tasks.c.direct_tokens, tasks.c.direct_cost)
    came, direct, tokens, cost = connection.execute(select(*counted).where(tasks.c.id == task_id)).one()
    return Record(came, direct, tokens, usd(cost))
