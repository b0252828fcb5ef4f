"""What a person decides about kinds: that two are one, or that one is several."""

from collections.abc import Iterable

from sqlalchemy import Connection, select, update

from latm.errors import StoreError
from latm.event import Event, EventKind
from latm.store.database import Database
from latm.store.events import append_events
from latm.store.examples import KEPT, add_to_samples
from latm.store.loading import load_known, pins
from latm.store.names import id_of, ids_of
from latm.store.revisions import remove_names, touch
from latm.store.schema import answers, tasks
from latm.store.splitting import Parts, shares, split_task
from latm.store.tasks import count_came, forget_tasks, refuse_while_making
from latm.task import Task


class SortTable(Database):
    """Tasks joined and divided by hand."""

    def merge_tasks(self, into: str, others: Iterable[str], *, who: str = "person") -> None:
        """Give the examples, answers and counts of tasks to another of their scope, and forget them.

        Raises:
            NotFoundError: there is no such task.
            StoreError: they are of another scope, have a tool that serves or is pinned, or one is being made.
        """
        with self.writing() as connection:
            into_id = id_of(connection, into)
            refuse_while_making(connection, into)
            for name in dict.fromkeys(others):
                other = _joinable(connection, name, into)
                task_id = id_of(connection, name)
                add_to_samples(connection, [(into_id, example) for example in other.examples], KEPT)
                count_came(connection, shares(connection, task_id, {into_id: 1}))
                connection.execute(update(answers).where(answers.c.task == name).values(task=into))
                append_events(
                    connection, into_id, [Event(EventKind.MERGED, into, None, who, f"{name!r} is part of it")]
                )
                forget_tasks(connection, {name: task_id})
                remove_names(connection, {name: into}, touch(connection, [into_id]))

    def divide_task(self, name: str, parts: Parts, why: str, *, who: str = "person") -> None:
        """Let a task be several; its tool stays on record in its makings, and serves no more.

        Args:
            name: of the task.
            parts: what it becomes; names that no task has.
            why: in one sentence.
            who: decided it.

        Raises:
            NotFoundError: there is no such task.
            StoreError: a part has the name of another task, or a tool is being made, or is pinned.
        """
        with self.writing() as connection:
            task_id = id_of(connection, name)
            refuse_while_making(connection, name)
            _refuse_pinned(connection, name, task_id)
            if taken := ids_of(connection, parts):
                raise StoreError(f"There is a task {min(taken)!r} already.", hint="Rename it first: latm tasks rename")
            split_task(connection, name, parts, why, KEPT, who=who)


def _joinable(connection: Connection, name: str, into: str) -> Task:
    task_id = id_of(connection, name)
    if name == into:
        raise StoreError(f"{name!r} cannot be merged into itself.", hint="Name two tasks.")
    refuse_while_making(connection, name)
    _refuse_pinned(connection, name, task_id)
    task = load_known(connection, tasks.c.id == task_id)[0].task
    if task.tool_id is not None:
        hint = f"Merge the other way round, or let it go first: latm tools retire {name}"
        raise StoreError(f"A tool serves {name!r}, which would be gone.", hint=hint)
    scopes = set(connection.scalars(select(tasks.c.scope).where(tasks.c.name.in_([name, into]))))
    if len(scopes) > 1:
        raise StoreError(f"{name!r} and {into!r} come with other instructions, or from other projects.")
    return task


def _refuse_pinned(connection: Connection, name: str, task_id: int) -> None:
    if pins(connection, select(tasks.c.id).where(tasks.c.id == task_id)):
        raise StoreError(f"The tool of {name!r} is pinned.", hint=f"Let go of it: latm tools pin --off {name}")
