"""Tasks by their current and former names."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, insert, select

from latm.errors import NotFoundError
from latm.question import ANY, Scope
from latm.store.database import rows_of
from latm.store.dialects import upsert
from latm.store.schema import removed, scopes, tasks
from latm.task import TaskStatus


def ids_of(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """The ids of the names that tasks have now."""
    return dict(rows_of(connection, select(tasks.c.name, tasks.c.id), tasks.c.name, names))


def names_of(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """The current names of tasks, by id, without deleted ones."""
    return dict(rows_of(connection, select(tasks.c.id, tasks.c.name), tasks.c.id, ids))


def id_of(connection: Connection, name: str) -> int:
    """The id of a task.

    Raises:
        NotFoundError: there is no task of that name.
    """
    found = ids_of(connection, [name])
    if not found:
        raise unknown_task(connection, name)
    return found[name]


def scope_digest(connection: Connection, name: str) -> str:
    """The digest of a task's scope; empty if there is no such task."""
    return connection.execute(select(tasks.c.scope).where(tasks.c.name == name)).scalar_one_or_none() or ""


def unknown_task(connection: Connection, name: str) -> NotFoundError:
    """The error for a name that no task has, with the most similar names."""
    return NotFoundError(f"There is no task {name!r}.", hint=suggest(name, connection.scalars(select(tasks.c.name))))


def suggest(name: str, names: Iterable[str]) -> str:
    """A hint with the names that may have been meant; empty if none is similar."""
    close = get_close_matches(name, list(names))
    return f"Did you mean {' or '.join(map(repr, close))}?" if close else ""


def current_names(connection: Connection, names: Iterable[str], *, merged: bool = True) -> dict[str, str]:
    """The current names of tasks, by names that may be from before a renaming.

    A name that a task has now stands for that task, and an unknown name for itself.

    Args:
        connection: inside a transaction.
        names: the names to look up.
        merged: whether a task that is part of another stands for the other; versions of its tool never do.
    """
    current = {name: name for name in names}
    old = current.keys() - ids_of(connection, current)
    old |= _merged(connection, current) if merged else set()
    while old:  # this ends: a name's successor was given up later than the name, if at all
        became = _became(connection, old)
        current = {name: became.get(now, now) for name, now in current.items()}
        old = set(became.values()) - ids_of(connection, became.values()).keys()
        old |= _merged(connection, became.values()) if merged else set()
    return current


def _merged(connection: Connection, names: Iterable[str]) -> set[str]:
    """The names whose tasks are part of others."""
    merged = select(tasks.c.name).where(tasks.c.status == TaskStatus.MERGED)
    return {row.name for row in rows_of(connection, merged, tasks.c.name, names)}


def is_gone(connection: Connection, name: str) -> bool:
    """Whether a task had this name and none has it now."""
    if ids_of(connection, [name]):
        return False
    return connection.execute(select(removed.c.name).where(removed.c.name == name)).first() is not None


def ensure_task(connection: Connection, name: str, scope: Scope = ANY) -> tuple[int, bool]:
    """A task's id, and whether it was created just now."""
    ids, new = ensure_tasks(connection, {name: scope})
    return ids[name], bool(new)


def ensure_tasks(connection: Connection, wanted: Mapping[str, Scope]) -> tuple[dict[str, int], set[int]]:
    """The ids of tasks, and which of them were created just now.

    Args:
        connection: inside the transaction.
        wanted: the scope of a new task, by name.
    """
    ids = ids_of(connection, wanted)
    new = [name for name in wanted if name not in ids]
    if not new:
        return ids, set()
    ensure_scopes(connection, [wanted[name] for name in new])
    connection.execute(insert(tasks), [_new_task(name, wanted[name]) for name in new])
    created = ids_of(connection, new)
    return ids | created, set(created.values())


def _new_task(name: str, scope: Scope) -> dict[str, Any]:
    return {
        **dict.fromkeys(("revision", "came", "direct_answers", "direct_tokens", "tried_at", "failures"), 0),
        "name": name,
        "scope": scope.digest,
        "form": "",
        "status": TaskStatus.COLLECTING,
        "reason": "",
        "direct_cost": Decimal(0),
        "retry_at": 0.0,
    }


def ensure_scopes(connection: Connection, new: Iterable[Scope]) -> None:
    """Record scopes, each once; the empty one always exists."""
    rows = [
        {name: getattr(each, name) for name in ("digest", "project", "instructions", "form", "model")}
        for each in {scope.digest: scope for scope in new if scope.digest}.values()
    ]
    if rows:
        connection.execute(upsert(connection, scopes).on_conflict_do_nothing(), rows)


def _became(connection: Connection, names: Iterable[str]) -> dict[str, str]:
    """The next names of the tasks that had these names."""
    renamed = select(removed.c.name, removed.c.became).where(removed.c.became.is_not(None))
    return dict(rows_of(connection, renamed, removed.c.name, names))
