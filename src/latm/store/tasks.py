"""Tasks in the database."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from latm.errors import StoreError
from latm.event import Event, EventKind
from latm.form import Form
from latm.ledger import Usage, usd
from latm.store.claims import is_free, select_claims
from latm.store.database import Database, in_parts, rows_of
from latm.store.events import append_events
from latm.store.loading import load_known, pins
from latm.store.names import id_of, ids_of, unknown_task
from latm.store.payments import keep_forgotten
from latm.store.revisions import remove_names, touch
from latm.store.schema import answers, claims, events, examples, guards, journal, makings, programs, tasks, versions
from latm.store.usage import AnyRow, usage_of
from latm.task import Record, Task

_COUNTED = (tasks.c.came, tasks.c.direct_answers, tasks.c.direct_tokens, tasks.c.direct_cost)
_COUNTERS = (*_COUNTED, tasks.c.tried_at, tasks.c.failures, tasks.c.retry_at)


class TaskTable(Database):
    """The tasks in the tool cache."""

    def tasks(self) -> list[Task]:
        """All tasks in the order in which they were found, with their examples in the order in which they came."""
        with self.reading() as connection:
            return [known.task for known in load_known(connection)]

    def task(self, name: str) -> Task:
        """One task.

        Raises:
            NotFoundError: there is no task of that name.
        """
        with self.reading() as connection:
            found = load_known(connection, tasks.c.name == name)
            if not found:
                raise unknown_task(connection, name)
            return found[0].task

    def records(self, names: Iterable[str]) -> Mapping[str, Record]:
        """The counts of tasks, by name, without names that no task has."""
        with self.reading() as connection:
            rows = rows_of(connection, select(tasks.c.name, *_COUNTERS), tasks.c.name, names)
            return {row.name: _to_record(row) for row in rows}

    def set_form(self, task: str, form: Form) -> None:
        """Set the form of a task's answers.

        Raises:
            NotFoundError: there is no such task.
        """
        with self.writing() as connection:
            task_id = id_of(connection, task)
            connection.execute(update(tasks).where(tasks.c.id == task_id).values(form=form.dump()))
            touch(connection, [task_id])

    def rename_task(self, old: str, new: str, *, who: str = "person") -> None:
        """Rename a task. Its examples, tools, events, makings and answers go with it.

        What another process still records under the old name goes to the new one.

        Raises:
            NotFoundError: there is no task `old`.
            StoreError: a task `new` already exists, or a tool is being made for either name.
        """
        with self.writing() as connection:
            if ids_of(connection, [new]):
                raise StoreError(f"There is a task {new!r} already.", hint="Choose another name.")
            task_id = id_of(connection, old)
            for name in (old, new):
                refuse_while_making(connection, name)
            for table in (claims, journal):
                connection.execute(delete(table).where(table.c.task == new))
            connection.execute(update(tasks).where(tasks.c.id == task_id).values(name=new))
            connection.execute(update(events).where(events.c.task_id == task_id).values(task=new))
            for table in (makings, claims, journal, answers):
                connection.execute(update(table).where(table.c.task == old).values(task=new))
            append_events(
                connection, task_id, [Event(EventKind.RENAMED, new, None, who, f"it was called {old!r}", {"from": old})]
            )
            remove_names(connection, {old: new}, touch(connection, [task_id]))

    def pinned_tasks(self) -> set[str]:
        """The names of the tasks with a pinned version."""
        with self.reading() as connection:
            pinned = pins(connection, select(tasks.c.id))
            return set(connection.scalars(select(tasks.c.name).where(tasks.c.id.in_(pinned))))

    def delete_task(self, name: str) -> None:
        """Delete a task with its examples and tools. Its makings, events and answers stay on record.

        Raises:
            NotFoundError: there is no such task.
            StoreError: a tool is being made for it, or is pinned.
        """
        with self.writing() as connection:
            task_id = id_of(connection, name)
            refuse_while_making(connection, name)
            refuse_pinned(connection, name, task_id)
            forget_tasks(connection, {name: task_id})

    def delete_tasks(self, names: Iterable[str]) -> list[str]:
        """Delete many tasks at once, like `delete_task`.

        Returns:
            The names of the deleted tasks; tasks for which a tool is being made stay.
        """
        with self.writing() as connection:
            ids = ids_of(connection, names)
            for part in in_parts(list(ids)):
                for claim in connection.execute(select_claims().where(claims.c.task.in_(part))).all():
                    if not is_free(claim):
                        del ids[claim.task]
            if ids:
                forget_tasks(connection, ids)
        return list(ids)


def count_came(connection: Connection, came: Sequence[tuple[int, Record]]) -> None:
    """Add to the counts of tasks, by id: `came` and the direct answers."""
    before = select(tasks.c.id.label("meant"), *_COUNTED)
    rows = rows_of(connection, before, tasks.c.id, {task_id for task_id, _ in came})
    counted: dict[int, dict[str, Any]] = {row.meant: row._asdict() for row in rows}
    for task_id, more in came:
        count = counted[task_id]
        for name in ("came", "direct_answers", "direct_tokens"):
            count[name] += getattr(more, name)
        count["direct_cost"] = _added(count["direct_cost"], more.direct_cost)
    if counted:
        connection.execute(update(tasks).where(tasks.c.id == bindparam("meant")), list(counted.values()))


def _added(known: Decimal | None, more: float | None) -> Decimal | None:
    """An exact sum, with the digits of the addend; once it is unknown, it stays unknown."""
    return None if known is None or more is None else known + Decimal(str(more))


def _to_record(row: AnyRow) -> Record:
    return Record(
        came=row.came,
        direct_answers=row.direct_answers,
        direct_tokens=row.direct_tokens,
        direct_cost=usd(row.direct_cost),
        tried_at=row.tried_at,
        failures=row.failures,
        retry_at=row.retry_at,
    )


def forget_tasks(connection: Connection, ids: Mapping[str, int]) -> None:
    """Delete tasks, given as ids by name, with their examples and tools, within a transaction."""
    for part in in_parts(ids.values()):
        had = _programs_of(connection, part)
        for table in (examples, versions, guards):
            connection.execute(delete(table).where(table.c.task_id.in_(part)))
        if had:
            seconds = select(versions.c.second).where(versions.c.second.is_not(None))
            used = select(versions.c.program).union(seconds)
            connection.execute(delete(programs).where(programs.c.id.in_(had), programs.c.id.not_in(used)))
        quoting = (events.c.task_id.in_(part), events.c.version.is_(None))
        connection.execute(update(events).where(*quoting).values(evidence={}))
        connection.execute(delete(tasks).where(tasks.c.id.in_(part)))
    for names in in_parts(ids):
        forget_unfinished(connection, names)
    remove_names(connection, dict.fromkeys(ids), touch(connection, []))


def forget_unfinished(connection: Connection, names: Sequence[str]) -> None:
    """Delete what is kept of unfinished makings, by the names of their tasks; what they cost stays."""
    rows = connection.execute(delete(journal).where(journal.c.task.in_(names)).returning(journal)).all()
    keep_forgotten(connection, sum((usage_of(row) for row in rows), Usage()))
    connection.execute(delete(claims).where(claims.c.task.in_(names)))


def _programs_of(connection: Connection, ids: Sequence[int]) -> set[str]:
    pairs = select(versions.c.program, versions.c.second).where(versions.c.task_id.in_(ids))
    return {program for pair in connection.execute(pairs).all() for program in pair if program}


def refuse_pinned(connection: Connection, name: str, task_id: int) -> None:
    """Refuse to change a task that has a pinned tool.

    Raises:
        StoreError: its tool is pinned.
    """
    if pins(connection, select(tasks.c.id).where(tasks.c.id == task_id)):
        raise StoreError(f"The tool of {name!r} is pinned.", hint=f"Let go of it: latm tools pin --off {name}")


def refuse_while_making(connection: Connection, name: str) -> None:
    """Refuse to change a task for which a tool is being made.

    Raises:
        StoreError: a tool is being made for it.
    """
    claim = connection.execute(select_claims().where(claims.c.task == name)).first()
    if claim and not is_free(claim):
        raise StoreError(f"A tool is being made for {name!r}.", hint="Try again when it is finished.")
