"""Merging two tasks that are one kind, dividing one that is two, and taking either back; a person's decisions."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, update

from latm.errors import InputError
from latm.event import Event, EventKind
from latm.store.database import Database, in_parts
from latm.store.events import append_events, serving_number
from latm.store.loading import load_scopes
from latm.store.names import ensure_tasks, id_of, ids_of
from latm.store.revisions import touch
from latm.store.schema import answers, events, examples, tasks
from latm.store.tasks import refuse_while_making


class MergeTable(Database):
    """What a person decides about where one kind ends and another begins."""

    def fold_task(self, task: str, into: str, *, who: str = "person", why: str = "") -> None:
        """Give a task's examples and answers to another. It stays, with its tool retired, so that this can be undone.

        Raises:
            NotFoundError: there is no such task.
            InputError: they are one task, or of different scopes: those never share anything.
            StoreError: a tool is being made for either.
        """
        with self.writing() as connection:
            one, other = id_of(connection, task), id_of(connection, into)
            if one == other:
                raise InputError(f"{task!r} cannot be merged into itself.", hint="Name another task.")
            if _scope(connection, one) != _scope(connection, other):
                raise InputError(f"{task!r} and {into!r} have different scopes.", hint="Such tasks share nothing.")
            for name in (task, into):
                refuse_while_making(connection, name)
            keys = connection.scalars(select(examples.c.question_key).where(examples.c.task_id == one)).all()
            moved = _move(connection, keys, one, (other, into))
            served = serving_number(connection, one)
            said = why or f"it was merged into {into!r}"
            evidence = {"into": other, "questions": moved, "version": served}
            retired = [Event(EventKind.RETIRED, task, served, who, said)] if served is not None else []
            append_events(connection, one, [*retired, Event(EventKind.MERGED, task, None, who, said, evidence)])
            append_events(connection, other, [Event(EventKind.MERGED, into, None, who, f"{task!r} was merged into it")])
            touch(connection, [one, other])

    def unfold_task(self, task: str, *, who: str = "person", why: str = "") -> None:
        """Give a task back what it had when it was last merged into another, as far as that is still there.

        Raises:
            NotFoundError: there is no such task.
            InputError: it was not merged into another.
            StoreError: a tool is being made for either.
        """
        with self.writing() as connection:
            one = id_of(connection, task)
            last = select(events).where(events.c.task_id == one, events.c.kind == EventKind.MERGED)
            row = connection.execute(last.order_by(events.c.id.desc()).limit(1)).first()
            other = row.evidence.get("into") if row else None
            name = connection.scalar(select(tasks.c.name).where(tasks.c.id == other))
            if row is None or name is None or not isinstance(other, int):
                raise InputError(
                    f"{task!r} was not merged into a task that there is.", hint="Its record says what was."
                )
            for either in (task, name):
                refuse_while_making(connection, either)
            _move(connection, row.evidence.get("questions", []), other, (one, task))
            version = row.evidence.get("version")
            said = why or f"it is not part of {name!r} any more"
            back = [Event(EventKind.RESTORED, task, version, who, said)] if version is not None else []
            parted = {"from": other}
            append_events(connection, one, [*back, Event(EventKind.SPLIT, task, None, who, said, parted)])
            append_events(connection, other, [Event(EventKind.SPLIT, name, None, who, f"{task!r} was parted from it")])
            touch(connection, [one, other])

    def split_off(self, task: str, containing: str, new: str, *, who: str = "person", why: str = "") -> int:
        """Give the examples whose questions contain a text to a new task; `fold_task` undoes it.

        Returns:
            How many examples went.

        Raises:
            NotFoundError: there is no such task.
            InputError: the name is taken, or the text is in no question or in all of them.
            StoreError: a tool is being made for it.
        """
        with self.writing() as connection:
            one = id_of(connection, task)
            if not new.strip() or ids_of(connection, [new]):
                raise InputError(
                    f"There is a task {new!r} already, or that is not a name.", hint="Choose another name."
                )
            refuse_while_making(connection, task)
            of_task = select(examples.c.question_key, examples.c.question).where(examples.c.task_id == one)
            rows = connection.execute(of_task).all()
            keys = [row.question_key for row in rows if containing in row.question]
            if not containing or len(keys) in {0, len(rows)}:
                found = "none" if not keys else "all"
                raise InputError(
                    f"{containing!r} is in {found} of the {len(rows)} questions of {task!r}.",
                    hint="Give a text that only some of them have.",
                )
            scope = load_scopes(connection, select(tasks.c.scope).where(tasks.c.id == one))
            ids, _ = ensure_tasks(connection, {new: next(iter(scope.values()))})
            _move(connection, keys, one, (ids[new], new))
            said = why or f"questions with {containing!r} are now {new!r}"
            append_events(connection, one, [Event(EventKind.SPLIT, task, None, who, said, {"into": [new]})])
            append_events(connection, ids[new], [Event(EventKind.SPLIT, new, None, who, f"it was part of {task!r}")])
            touch(connection, [one, ids[new]])
        return len(keys)


def _scope(connection: Connection, task_id: int) -> str | None:
    return connection.scalar(select(tasks.c.scope).where(tasks.c.id == task_id))


def _move(connection: Connection, keys: Sequence[str], one: int, other: tuple[int, str]) -> list[str]:
    """Give examples, and the answers to their questions, to another task; the keys of those that went."""
    other_id, name = other
    moved: list[str] = []
    for part in in_parts(keys):
        there = connection.scalars(
            select(examples.c.question_key).where(examples.c.task_id == other_id, examples.c.question_key.in_(part))
        ).all()
        known = (examples.c.task_id == one, examples.c.question_key.in_(there))
        connection.execute(delete(examples).where(*known))
        some = (examples.c.task_id == one, examples.c.question_key.in_(part))
        questions = connection.execute(select(examples.c.question_key, examples.c.question).where(*some)).all()
        connection.execute(update(examples).where(*some).values(task_id=other_id))
        asked = answers.c.question.in_([row.question for row in questions])
        was = connection.scalar(select(tasks.c.name).where(tasks.c.id == one))
        connection.execute(update(answers).where(answers.c.task == was, asked).values(task=name))
        moved += [row.question_key for row in questions]
    return moved
