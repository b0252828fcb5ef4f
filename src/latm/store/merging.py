"""A person's decisions about kinds: that two are one, or that one is several. Each undoes the other."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from latm.errors import InputError
from latm.event import Event, EventKind
from latm.ledger import usd
from latm.store.database import Database, in_parts, rows_of
from latm.store.events import append_events, serving_number
from latm.store.loading import load_scopes, plain_table, statuses
from latm.store.names import ensure_tasks, id_of, ids_of
from latm.store.revisions import remove_names, touch
from latm.store.schema import answers, events, examples, removed, tasks
from latm.store.splitting import Parts, shares
from latm.store.tasks import count_came, refuse_pinned, refuse_while_making
from latm.store.usage import AnyRow
from latm.task import Record, TaskStatus
from latm.tool import ToolStatus

_COUNTED = ("came", "direct_answers", "direct_tokens", "direct_cost")
_KEPT = (*_COUNTED, "tried_at")
_NOTHING = {**dict.fromkeys(_COUNTED[:3], 0), "direct_cost": Decimal(0)}
_EXAMPLES = plain_table("examples")


class MergeTable(Database):
    """A person's decisions about where one kind ends and another begins."""

    def merge_kinds(self, into: str, others: Iterable[str], *, who: str = "person", why: str = "") -> None:
        """Give the examples, answers and counts of tasks to another task. The tasks stay, so that this can be undone.

        The tool of each is retired. That of `into` goes on serving. It also serves again if `into` was split before and
        all its parts are back. From now on, data under the others' names goes to `into`.

        Raises:
            NotFoundError: there is no such task.
            InputError: they are one task, they have different scopes, or one is already part of another.
            StoreError: a tool is being made for one of them, or is pinned for one of the others.
        """
        with self.writing() as connection:
            for name in dict.fromkeys(others):
                _merge(connection, name, into, who, why)

    def unmerge_kind(self, task: str, *, who: str = "person", why: str = "") -> None:
        """Give a task back what it had when it was merged into another, as far as that still exists.

        Raises:
            NotFoundError: there is no such task.
            InputError: it is not part of another.
            StoreError: a tool is being made for either.
        """
        with self.writing() as connection:
            one = id_of(connection, task)
            merged = _merging(connection, one)
            if merged is None:
                raise InputError(f"{task!r} is not part of another kind.", hint="`latm tasks` shows which are.")
            other, evidence = merged.evidence["into"], merged.evidence
            name = connection.scalar(select(tasks.c.name).where(tasks.c.id == other))
            if name is None or _merging(connection, other):
                raise InputError(
                    f"The task that {task!r} is part of is gone or is itself part of another.",
                    hint="Unmerge that first.",
                )
            for either in (task, name):
                refuse_while_making(connection, either)
            _move(connection, evidence["questions"], (other, name), (one, task))
            _copy_back(connection, evidence["shared"], other, one)
            connection.execute(update(tasks).where(tasks.c.id == one).values(status=TaskStatus.COLLECTING, reason=""))
            connection.execute(delete(removed).where(removed.c.name == task))
            said = why or f"it is not part of {name!r} any more"
            version = evidence["version"]
            back = [Event(EventKind.RESTORED, task, version, who, said)] if version is not None else []
            append_events(connection, one, [*back, Event(EventKind.SPLIT, task, None, who, said, {"from": other})])
            append_events(connection, other, [Event(EventKind.SPLIT, name, None, who, f"{task!r} was parted from it")])
            _count_back(connection, evidence["counted"], other, one)
            touch(connection, [one, other])

    def split_kind(self, task: str, parts: Parts, *, who: str = "person", why: str = "") -> None:
        """Give some of a task's examples, with their answers and counts, to new tasks; `merge_kinds` undoes it.

        Its tool is retired: it was made for all of them, and would still answer the questions that moved.

        Args:
            task: the task's name.
            parts: the examples that move, by the name of the task that each part becomes.
            who: who decided it.
            why: the reason, in one sentence.

        Raises:
            NotFoundError: there is no such task.
            InputError: a part has no name, or the name of another task.
            StoreError: a tool is being made for it, or is pinned.
        """
        with self.writing() as connection:
            one = id_of(connection, task)
            refuse_while_making(connection, task)
            refuse_pinned(connection, task, one)
            taken = {*ids_of(connection, parts), *(name for name in parts if not name.strip())}
            if taken:
                raise InputError(f"{min(taken)!r} is already a task, or not a valid name.", hint="Choose another name.")
            (scope,) = load_scopes(connection, select(tasks.c.scope).where(tasks.c.id == one)).values()
            ids, _ = ensure_tasks(connection, dict.fromkeys(parts, scope))
            _divide_counts(connection, one, {ids[name]: len(part) for name, part in parts.items()})
            for name, part in parts.items():
                keys = _keys(connection, one, {example.question for example in part})
                _move(connection, keys, (one, task), (ids[name], name))
                begun = Event(EventKind.SPLIT, name, None, who, f"it was part of {task!r}", {"from": one})
                append_events(connection, ids[name], [begun])
            served = serving_number(connection, one)
            said = why or f"a part of it is now {' and '.join(map(repr, parts))}"
            retired = [Event(EventKind.RETIRED, task, served, who, said)] if served is not None else []
            evidence = {"into": list(parts), "ids": list(ids.values()), "version": served}
            append_events(connection, one, [*retired, Event(EventKind.SPLIT, task, None, who, said, evidence)])
            touch(connection, [one, *ids.values()])


def _merge(connection: Connection, task: str, into: str, who: str, why: str) -> None:
    one, other = id_of(connection, task), id_of(connection, into)
    _refuse_merging(connection, (one, task), (other, into))
    keys = connection.scalars(select(examples.c.question_key).where(examples.c.task_id == one)).all()
    moved, shared = _move(connection, keys, (one, task), (other, into))
    counted = connection.execute(select(*(tasks.c[name] for name in _KEPT)).where(tasks.c.id == one)).one()
    cost = usd(counted.direct_cost)
    count_came(connection, [(other, Record(counted.came, counted.direct_answers, counted.direct_tokens, cost))])
    served = serving_number(connection, one)
    said = why or f"it was merged into {into!r}"
    was = {name: getattr(counted, name) for name in _KEPT}
    evidence = {"into": other, "questions": moved, "shared": shared, "version": served, "counted": was}
    retired = [Event(EventKind.RETIRED, task, served, who, said)] if served is not None else []
    append_events(connection, one, [*retired, Event(EventKind.MERGED, task, None, who, said, evidence)])
    append_events(connection, other, [Event(EventKind.MERGED, into, None, who, f"{task!r} was merged into it")])
    emptied = {**_NOTHING, "status": TaskStatus.MERGED, "reason": f"it is part of {into!r}"}
    connection.execute(update(tasks).where(tasks.c.id == one).values(emptied))
    _restore_after_split(connection, (other, into), who)
    remove_names(connection, {task: into}, touch(connection, [one, other]))


def _refuse_merging(connection: Connection, one: tuple[int, str], other: tuple[int, str]) -> None:
    (one_id, task), (other_id, into) = one, other
    if one_id == other_id:
        raise InputError(f"{task!r} cannot be merged into itself.", hint="Name another task.")
    for task_id, name in (one, other):
        if _merging(connection, task_id):
            raise InputError(f"{name!r} is part of another kind.", hint=f"Part them first: latm tasks unmerge {name}")
        refuse_while_making(connection, name)
    refuse_pinned(connection, task, one_id)
    of_scopes = select(tasks.c.scope).where(tasks.c.id.in_([one_id, other_id])).distinct()
    if len(connection.scalars(of_scopes).all()) > 1:
        raise InputError(
            f"{task!r} and {into!r} come with other instructions, or from other projects.", hint="They share nothing."
        )


def _merging(connection: Connection, task_id: int) -> AnyRow | None:
    """The event by which a task became part of another; None if it is not part of one."""
    status = connection.scalar(select(tasks.c.status).where(tasks.c.id == task_id))
    return _last(connection, task_id, EventKind.MERGED) if status == TaskStatus.MERGED else None


def _last(connection: Connection, task_id: int, kind: EventKind) -> AnyRow | None:
    found = select(events).where(events.c.task_id == task_id, events.c.kind == kind)
    return connection.execute(found.order_by(events.c.id.desc()).limit(1)).first()


def _restore_after_split(connection: Connection, task: tuple[int, str], who: str) -> None:
    """Restore the tool that served a task before it was split, once all its parts are back."""
    task_id, name = task
    split = _last(connection, task_id, EventKind.SPLIT)
    version = split.evidence.get("version") if split else None
    if split is None or version is None or serving_number(connection, task_id) is not None:
        return
    back = [_merging(connection, part) for part in split.evidence["ids"]]
    found = statuses(connection, select(tasks.c.id).where(tasks.c.id == task_id))
    if all(one and one.evidence["into"] == task_id for one in back) and found[task_id, version] is ToolStatus.RETIRED:
        append_events(
            connection, task_id, [Event(EventKind.RESTORED, name, version, who, "all that was split is back")]
        )


def _keys(connection: Connection, task_id: int, questions: set[str]) -> list[str]:
    of_task = select(examples.c.question_key, examples.c.question).where(examples.c.task_id == task_id)
    return [key for key, question in connection.execute(of_task) if question in questions]


def _move(
    connection: Connection, keys: Sequence[str], one: tuple[int, str], other: tuple[int, str]
) -> tuple[list[str], list[str]]:
    """Give examples, and the answers to their questions, to another task. If both have an example, the other's stays.

    Returns:
        The keys of the examples that moved, and of those that both had.
    """
    (one_id, was), (other_id, name) = one, other
    moved: list[str] = []
    shared: list[str] = []
    for part in in_parts(keys):
        some = (examples.c.task_id == one_id, examples.c.question_key.in_(part))
        rows = connection.execute(select(examples.c.question_key, examples.c.question).where(*some)).all()
        of_other = (examples.c.task_id == other_id, examples.c.question_key.in_(part))
        there = set(connection.scalars(select(examples.c.question_key).where(*of_other)))
        connection.execute(delete(examples).where(*some, examples.c.question_key.in_(there)))
        connection.execute(update(examples).where(*some).values(task_id=other_id))
        asked = answers.c.question.in_([row.question for row in rows])
        connection.execute(update(answers).where(answers.c.task == was, asked).values(task=name))
        moved += [row.question_key for row in rows if row.question_key not in there]
        shared += [row.question_key for row in rows if row.question_key in there]
    return moved, shared


def _copy_back(connection: Connection, keys: Sequence[str], other: int, one: int) -> None:
    """Give a task back its own copies of the examples that both had."""
    columns = [column for column in _EXAMPLES.c if column.name not in {"id", "task_id"}]
    of_other = select(*columns).where(_EXAMPLES.c.task_id == other)
    both = rows_of(connection, of_other, _EXAMPLES.c.question_key, keys)
    if rows := [row._asdict() | {"task_id": one} for row in both]:
        connection.execute(insert(_EXAMPLES), rows)


def _divide_counts(connection: Connection, task_id: int, sizes: Mapping[int, int]) -> None:
    """Divide a task's counts in proportion to the examples that move and stay."""
    stay = select(examples.c.id).where(examples.c.task_id == task_id)
    left = len(connection.execute(stay).all()) - sum(sizes.values())
    divided = shares(connection, task_id, {**sizes, task_id: left})
    connection.execute(update(tasks).where(tasks.c.id == task_id).values(_NOTHING))
    count_came(connection, divided)


def _count_back(connection: Connection, counted: Mapping[str, Any], other: int, one: int) -> None:
    """Subtract from a task's counts what another had added; an unknown cost stays unknown."""
    now = connection.execute(select(*(tasks.c[name] for name in _COUNTED)).where(tasks.c.id == other)).one()
    left: dict[str, Any] = {name: max(0, getattr(now, name) - counted[name]) for name in _COUNTED[:3]}
    known = None not in {now.direct_cost, counted["direct_cost"]}
    left["direct_cost"] = max(Decimal(0), now.direct_cost - counted["direct_cost"]) if known else now.direct_cost
    connection.execute(update(tasks).where(tasks.c.id == other).values(left))
    connection.execute(update(tasks).where(tasks.c.id == one).values(dict(counted)))
