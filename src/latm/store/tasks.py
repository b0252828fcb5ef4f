"""Tasks and their examples in the database."""

import hashlib
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, update

from latm.errors import NotFoundError, StoreError
from latm.store import dialect
from latm.store.database import Database, changed, now
from latm.store.schema import answers, claims, examples, journal, tasks, tools, versions
from latm.task import GOLD, Example, Task, TaskStatus
from latm.tool import ToolStatus


class TaskTable(Database):
    """What the tool cache knows of tasks."""

    def tasks(self) -> list[Task]:
        """All tasks in the order in which they were found, each with its examples in the order in which they came."""
        with self.reading() as connection:
            return _read(connection, select_tasks(), _kept_examples())

    def task(self, name: str) -> Task:
        """One task.

        Raises:
            NotFoundError: there is none by that name.
        """
        with self.reading() as connection:
            found = _read(
                connection, select_tasks().where(tasks.c.name == name), _kept_examples().where(examples.c.task == name)
            )
            if not found:
                raise unknown_task(connection, name)
            return found[0]

    def add_examples(self, task: str, examples: Sequence[Example]) -> None:
        """Add examples to a task, which is created where it is new.

        A task keeps one example per question. A gold answer replaces what was there. A model's answer replaces only
        another model's that was dropped and that it differs from.
        """
        with self.writing() as connection:
            added = ensure_task(connection, task)
            for example in examples:
                added |= _add(connection, task, example)
            if added:
                changed(connection)

    def drop_example(self, task: str, question: str, reason: str) -> None:
        """Take an example out of its task, but keep it on record with the reason.

        Raises:
            NotFoundError: the task has no example with this question.
        """
        with self.writing() as connection:
            statement = (
                update(examples)
                .where(examples.c.task == task, examples.c.question_key == _key(question))
                .values(dropped=reason or "no reason given")
                .returning(examples.c.id)
            )
            if connection.execute(statement).first() is None:
                raise NotFoundError(f"The task {task!r} has no example {question!r}.")
            changed(connection)

    def set_status(self, task: str, status: TaskStatus, reason: str = "", tried_at: int | None = None) -> None:
        """Say what has become of a task.

        Args:
            task: its name.
            status: anything but `served` unless a tool serves it.
            reason: in one sentence.
            tried_at: how many examples it had when making was tried; None leaves it as it is.

        Raises:
            NotFoundError: there is no such task.
            StoreError: it is to be served, but has no serving tool.
        """
        with self.writing() as connection:
            if status is TaskStatus.SERVED and serving_tool(connection, task) is None:
                raise StoreError(f"The task {task!r} has no serving tool.", hint="Make one, or restore a retired one.")
            if not update_task(connection, task, status, reason, tried_at):
                raise unknown_task(connection, task)
            changed(connection)

    def rename_task(self, old: str, new: str) -> None:
        """Give a task a better name; its examples, tools, makings and answers go with it.

        Raises:
            NotFoundError: there is no task `old`.
            StoreError: there is a task `new` already, or a tool is being made for `old`.
        """
        with self.writing() as connection:
            if connection.execute(select(tasks.c.id).where(tasks.c.name == new)).first():
                raise StoreError(f"There is a task {new!r} already.", hint="Choose another name.")
            if connection.execute(select(claims.c.owner).where(claims.c.task == old)).first():
                raise StoreError(f"A tool is being made for {old!r}.", hint="Try again when it is finished.")
            renamed = update(tasks).where(tasks.c.name == old).values(name=new).returning(tasks.c.id)
            if connection.execute(renamed).first() is None:
                raise unknown_task(connection, old)
            for table in (answers, journal):
                connection.execute(update(table).where(table.c.task == old).values(task=new))
            changed(connection)


def select_tasks() -> Select[str, str, str, int, str | None]:
    """Tasks, each with its newest serving tool."""
    return select(
        tasks.c.name, tasks.c.status, tasks.c.reason, tasks.c.tried_at, _newest_serving(tasks.c.name).label("tool_id")
    ).order_by(tasks.c.id)


def ensure_task(connection: Connection, name: str) -> bool:
    """Create a task where it is new; whether it was."""
    statement = (
        dialect.upsert(tasks)
        .values(name=name, status=TaskStatus.COLLECTING, reason="", tried_at=0)
        .on_conflict_do_nothing()
        .returning(tasks.c.id)
    )
    return connection.execute(statement).first() is not None


def update_task(connection: Connection, name: str, status: TaskStatus, reason: str, tried_at: int | None) -> bool:
    """Set a task's status; whether there is such a task."""
    values: dict[str, object] = {"status": status, "reason": reason}
    if tried_at is not None:
        values["tried_at"] = tried_at
    statement = update(tasks).where(tasks.c.name == name).values(values).returning(tasks.c.id)
    return connection.execute(statement).first() is not None


def count_examples(connection: Connection, task: str) -> int:
    """How many examples a task has, those dropped left out."""
    counted = select(func.count()).select_from(examples).where(examples.c.task == task, examples.c.dropped == "")
    return connection.execute(counted).scalar_one()


def serving_tool(connection: Connection, task: str) -> str | None:
    """The id of the newest serving version of a task."""
    return connection.execute(select(_newest_serving(task))).scalar_one()


def unknown_task(connection: Connection, name: str) -> NotFoundError:
    """The error for a name that no task has, with the names most like it."""
    return NotFoundError(f"There is no task {name!r}.", hint=suggest(name, connection.scalars(select(tasks.c.name))))


def suggest(name: str, names: Iterable[str]) -> str:
    """Which of the names may have been meant; empty where none is alike."""
    close = get_close_matches(name, list(names))
    return f"Did you mean {' or '.join(map(repr, close))}?" if close else ""


def _newest_serving(task: ColumnElement[str] | str) -> ColumnElement[str | None]:
    return (
        select(versions.c.tool_id)
        .join(tools)
        .where(versions.c.task == task, tools.c.status == ToolStatus.SERVING)
        .order_by(versions.c.version.desc())
        .limit(1)
        .scalar_subquery()
    )


def _kept_examples() -> Select[str, str, str, str]:
    columns = (examples.c.task, examples.c.question, examples.c.answer, examples.c.source)
    return select(*columns).where(examples.c.dropped == "").order_by(examples.c.task, examples.c.id)


def _read(
    connection: Connection,
    which_tasks: Select[str, str, str, int, str | None],
    which_examples: Select[str, str, str, str],
) -> list[Task]:
    by_task = {
        name: tuple(Example(question, answer, source) for _, question, answer, source in rows)
        for name, rows in groupby(connection.execute(which_examples), key=lambda row: row.task)
    }
    found = []
    for name, status, reason, tried_at, tool_id in connection.execute(which_tasks):
        serving = tool_id if status == TaskStatus.SERVED else None
        found.append(Task(name, by_task.get(name, ()), TaskStatus(status), reason, serving, tried_at))
    return found


def _key(question: str) -> str:
    return hashlib.sha256(question.encode("utf-8", "surrogatepass")).hexdigest()


def _add(connection: Connection, task: str, example: Example) -> bool:
    """Add or replace one example; whether anything changed."""
    insert = dialect.upsert(examples).values(
        task=task,
        question_key=_key(example.question),
        question=example.question,
        answer=example.answer,
        source=example.source,
        dropped="",
        added_at=now(),
    )
    new = insert.excluded
    differs = new.answer != examples.c.answer
    gold_wins = and_(new.source == GOLD, or_(differs, examples.c.source != GOLD))
    second_thought = and_(new.source != GOLD, examples.c.source != GOLD, examples.c.dropped != "", differs)
    statement = insert.on_conflict_do_update(
        index_elements=["task", "question_key"],
        set_={"answer": new.answer, "source": new.source, "dropped": "", "added_at": new.added_at},
        where=or_(gold_wins, second_thought),
    ).returning(examples.c.id)
    return connection.execute(statement).first() is not None
