"""Examples in the database: one per question, gold before all, and a self-renewing sample of models' answers."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, select, update

from latm.errors import InputError, NotFoundError
from latm.event import Event, EventKind
from latm.store.columns import escaped, restored
from latm.store.database import Database, now, rows_of
from latm.store.events import append_events
from latm.store.loading import load_known, plain_table
from latm.store.names import ensure_task, id_of
from latm.store.revisions import touch
from latm.store.schema import examples, tasks
from latm.task import GOLD, Example

KEPT = 24
"""How many model-labelled examples a task keeps if the caller does not say, and how many dropped ones."""
_PLAIN = plain_table("examples")
_FROM_A_MODEL = examples.c.source != GOLD
_STANDS = examples.c.dropped == ""

Key = tuple[int, str]
"""A task's id and the hash of a question."""
Label = tuple[str, str]
"""An answer and its source."""


class ExampleTable(Database):
    """The examples in the tool cache."""

    def add_examples(self, task: str, examples: Sequence[Example], *, kept: int = KEPT) -> None:
        """Add examples to a task. A new task is created with the scope of the first example.

        A task keeps one example per question. A gold answer replaces what was there. A model's never replaces gold; a
        newer model answer replaces an older one that it differs from. The oldest model-labelled examples are removed.
        All examples have the task's scope.

        Args:
            task: the task's name.
            examples: the examples in the order in which they came.
            kept: the most model-labelled examples that stand.

        Raises:
            InputError: an example has a different scope from the task's; nothing is added.
        """
        with self.writing() as connection:
            task_id, new = ensure_task(connection, task, *(example.scope for example in examples[:1]))
            _refuse_other_scopes(connection, task_id, task, examples)
            changed = add_to_samples(connection, [(task_id, example) for example in examples], kept)
            if new or changed:
                touch(connection, [task_id])

    def drop_example(self, task: str, question: str, reason: str, *, who: str = "person") -> None:
        """Remove an example from its task, but keep it on record with the reason.

        Args:
            task: the task's name.
            question: the example's question.
            reason: the reason, in one sentence.
            who: who or what decided that it is not evidence.

        Raises:
            NotFoundError: the task has no example with this question.
        """
        with self.writing() as connection:
            task_id = id_of(connection, task)
            if not drop_labels(connection, task_id, task, [(question, reason)], who):
                raise NotFoundError(f"The task {task!r} has no example {question!r}.")
            touch(connection, [task_id])

    def dropped_examples(self, task: str) -> list[Example]:
        """A task's examples that are no longer evidence, each with the reason, in the order in which they came.

        Raises:
            NotFoundError: there is no such task.
        """
        with self.reading() as connection:
            (known,) = load_known(connection, tasks.c.id == id_of(connection, task))
            dropped = select(examples).where(examples.c.task_id == known.id, ~_STANDS).order_by(examples.c.id)
            rows = connection.execute(dropped).all()
        return [Example(row.question, row.answer, row.source, known.task.scope, row.dropped) for row in rows]

    def restore_example(self, task: str, question: str, *, who: str = "person") -> None:
        """Restore an example that was dropped.

        Raises:
            NotFoundError: there is no such task, or none of its examples with this question was dropped.
        """
        with self.writing() as connection:
            task_id = id_of(connection, task)
            back = update(examples).where(_is(task_id, question), ~_STANDS).values(dropped="")
            if connection.execute(back.returning(examples.c.id)).first() is None:
                raise NotFoundError(f"No example {question!r} of the task {task!r} was dropped.")
            evidence = {"question": question}
            restored = Event(EventKind.RESTORED, task, None, who, "the label stands again", evidence)
            append_events(connection, task_id, [restored])
            touch(connection, [task_id])


def _refuse_other_scopes(connection: Connection, task_id: int, task: str, new: Sequence[Example]) -> None:
    scope = connection.execute(select(tasks.c.scope).where(tasks.c.id == task_id)).scalar_one()
    if other := next((example for example in new if example.scope.digest != scope), None):
        raise InputError(
            f"The example {other.question[:60]!r} is of another scope than the task {task!r}.",
            hint="A task has one scope: give examples of another scope under another name.",
        )


def of_their_scope(connection: Connection, new: Sequence[tuple[int, Example]]) -> list[tuple[int, Example]]:
    """The examples that have the scope of the task whose id they come with."""
    ids = {task_id for task_id, _ in new}
    digests = dict(rows_of(connection, select(tasks.c.id, tasks.c.scope), tasks.c.id, ids))
    return [(task_id, example) for task_id, example in new if example.scope.digest == digests[task_id]]


def add_to_samples(connection: Connection, new: Sequence[tuple[int, Example]], kept: int = KEPT) -> set[int]:
    """Add examples to tasks that exist.

    Returns:
        The ids of the tasks whose examples changed.
    """
    keyed = [((task_id, question_key(example.question)), example) for task_id, example in new]
    before = _labels(connection, {key for key, _ in keyed})
    inserted: dict[Key, Example] = {}
    replaced: dict[Key, Example] = {}
    after = dict(before)
    for key, example in keyed:
        if key in after and not _is_better(example, after[key]):
            continue
        (replaced if key in before else inserted)[key] = example
        after[key] = (example.answer, example.source)
    _write(connection, inserted, replaced)
    changed = {task_id for task_id, _ in (*inserted, *replaced)}
    _let_the_oldest_go(connection, changed, kept)
    return changed


def drop_labels(connection: Connection, task_id: int, task: str, wrong: Iterable[tuple[str, str]], who: str) -> int:
    """Mark examples as no longer evidence, each given by its question and a reason.

    Returns:
        How many were marked.
    """
    dropped = []
    for question, reason in wrong:
        why = reason or "no reason given"
        marked = update(examples).where(_is(task_id, question)).values(dropped=why)
        row = connection.execute(marked.returning(examples.c.answer, examples.c.source)).first()
        if row:
            evidence = {"question": question, "answer": row.answer, "source": row.source}
            dropped.append(Event(EventKind.DROPPED, task, None, who, why, evidence))
    append_events(connection, task_id, dropped)
    _keep_the_newest(connection, [task_id], ~_STANDS, KEPT)
    return len(dropped)


def _is_better(new: Example, old: Label) -> bool:
    """Whether a new answer to a question replaces the old one."""
    answer, source = old
    differs = new.answer != answer
    if new.is_gold:
        return differs or source != GOLD
    return differs and source != GOLD


def _labels(connection: Connection, keys: Collection[Key]) -> dict[Key, Label]:
    """The recorded labels of some questions."""
    labels = select(_PLAIN.c.task_id, _PLAIN.c.question_key, _PLAIN.c.answer, _PLAIN.c.source)
    asked = {key for _, key in keys}  # few tasks share a question; a search by pairs would scan all
    rows = rows_of(connection, labels, _PLAIN.c.question_key, asked)
    return {(task_id, key): (restored(answer), restored(source)) for task_id, key, answer, source in rows}


def _write(connection: Connection, inserted: dict[Key, Example], replaced: dict[Key, Example]) -> None:
    at = now()
    if inserted:
        connection.execute(insert(_PLAIN), [_to_values(key, example, at) for key, example in inserted.items()])
    if replaced:
        same = (_PLAIN.c.task_id == bindparam("of_task"), _PLAIN.c.question_key == bindparam("of_question"))
        better = [
            {"of_task": key[0], "of_question": key[1], **_labelled(example, at)} for key, example in replaced.items()
        ]
        connection.execute(update(_PLAIN).where(*same), better)


def _to_values(key: Key, example: Example, at: str) -> dict[str, Any]:
    return {
        "task_id": key[0],
        "question_key": key[1],
        "question": escaped(example.question),
        **_labelled(example, at),
    }


def _labelled(example: Example, at: str) -> dict[str, str]:
    return {
        "answer": escaped(example.answer),
        "source": escaped(example.source),
        "dropped": escaped(example.dropped),
        "added_at": at,
    }


def _let_the_oldest_go(connection: Connection, ids: Collection[int], kept: int) -> None:
    if not ids:
        return
    standing = (examples.c.task_id.in_(ids), _FROM_A_MODEL, _STANDS)
    counted = select(examples.c.task_id).where(*standing).group_by(examples.c.task_id).having(func.count() > kept)
    _keep_the_newest(connection, connection.scalars(counted).all(), _STANDS, kept)


def _keep_the_newest(connection: Connection, ids: Iterable[int], which: ColumnElement[bool], kept: int) -> None:
    """Delete a task's model-labelled examples that match `which`, except the newest."""
    sample = (examples.c.task_id == bindparam("of_task"), _FROM_A_MODEL, which)
    newest = select(examples.c.id).where(*sample).order_by(examples.c.id.desc()).limit(kept)
    if of_tasks := [{"of_task": task_id} for task_id in ids]:
        connection.execute(delete(examples).where(*sample, examples.c.id.not_in(newest)), of_tasks)


def _is(task_id: int, question: str) -> ColumnElement[bool]:
    return (examples.c.task_id == task_id) & (examples.c.question_key == question_key(question))


def question_key(question: str) -> str:
    """The hash under which a question is found."""
    return hashlib.sha256(question.encode("utf-8", "surrogatepass")).hexdigest()
