"""Splitting a task that turned out to be several kinds: what was learnt moves with its questions."""

import itertools
from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import Connection, select, update

from latm.event import Event, EventKind
from latm.store.events import append_events
from latm.store.examples import add_to_samples
from latm.store.loading import load_scopes
from latm.store.names import ensure_tasks, id_of
from latm.store.revisions import remove_names, touch
from latm.store.schema import answers, tasks
from latm.store.tasks import count_came, forget_tasks
from latm.task import Example, Record

Parts = Mapping[str, Sequence[Example]]
"""The examples of each of the tasks that a task becomes, by name."""


def split_task(connection: Connection, name: str, parts: Parts, why: str) -> None:
    """Give the examples, recorded answers and counts of a task to others, and delete it.

    Data that still comes under its name goes to the largest of them. Answers to questions that are in no part have no
    known kind any more.

    Args:
        connection: inside the transaction.
        name: the task's name.
        parts: the tasks that it becomes, under names that no task has.
        why: the reason, in one sentence.
    """
    task_id = id_of(connection, name)
    scope = next(iter(load_scopes(connection, select(tasks.c.scope).where(tasks.c.id == task_id)).values()))
    ids, _ = ensure_tasks(connection, dict.fromkeys(parts, scope))
    moved = [(ids[part], example) for part, examples in parts.items() for example in examples]
    add_to_samples(connection, moved)
    count_came(connection, shares(connection, task_id, {ids[part]: len(one) for part, one in parts.items()}))
    for part, examples in parts.items():
        of_part = answers.c.question.in_([example.question for example in examples])
        connection.execute(update(answers).where(answers.c.task == name, of_part).values(task=part))
    connection.execute(update(answers).where(answers.c.task == name).values(task=None))
    append_events(connection, task_id, [Event(EventKind.SPLIT, name, None, "maker", why, {"into": list(parts)})])
    forget_tasks(connection, {name: task_id})
    largest = max(parts, key=lambda part: len(parts[part]))
    remove_names(connection, {name: largest}, touch(connection, list(ids.values())))


def shares(connection: Connection, task_id: int, sizes: Mapping[int, int]) -> list[tuple[int, Record]]:
    """A task's counts, divided in proportion to the sizes of its parts."""
    counted = (tasks.c.came, tasks.c.direct_answers, tasks.c.direct_tokens, tasks.c.direct_cost)
    came, direct, tokens, cost = connection.execute(select(*counted).where(tasks.c.id == task_id)).one()
    total = sum(sizes.values())
    divided = [portions(count, list(sizes.values())) for count in (came, direct, tokens)]
    costs = [None if cost is None else float(cost * size / Decimal(total)) for size in sizes.values()]
    return [(part, Record(*record)) for part, *record in zip(sizes, *divided, costs, strict=True)]


def portions(count: int, sizes: Sequence[int]) -> list[int]:
    """A whole number in proportion to some sizes; the portions add up to it."""
    upto = [count * size // sum(sizes) for size in itertools.accumulate(sizes, initial=0)]
    return [after - before for before, after in itertools.pairwise(upto)]
