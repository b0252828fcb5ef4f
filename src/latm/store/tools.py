"""Tools in the database: programs by the hash of their source, and the versions of tasks' tools."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, func, insert, select

from latm.errors import NotFoundError
from latm.event import Event, EventKind
from latm.store.certifying import begun, load_state
from latm.store.database import Database, now
from latm.store.dialects import upsert
from latm.store.events import append_events
from latm.store.export import header
from latm.store.loading import load_known, load_versions
from latm.store.makings import select_makings, to_making
from latm.store.names import ids_of, suggest
from latm.store.revisions import touch
from latm.store.schema import makings, programs, tasks, versions
from latm.tool import ToolStatus, ToolVersion

_WITHDRAWN = (ToolStatus.SUSPENDED, ToolStatus.RETIRED)


class ToolTable(Database):
    """The tools in the tool cache."""

    def tools(self, *, task: str | None = None, status: ToolStatus | None = None) -> list[ToolVersion]:
        """Versions by task and number; a program that serves several tasks is listed for each.

        Args:
            task: only versions of this task.
            status: only versions with this status.
        """
        with self.reading() as connection:
            found = load_versions(connection, None if task is None else tasks.c.name == task)
        return [version for version in found if status in (None, version.status)]

    def tool(self, name: str) -> ToolVersion:
        """One version.

        Args:
            name: a task, which gives the version that serves it; or the id of a program, or enough of it to make it
                unique, which gives the version that it was first made as.

        Raises:
            NotFoundError: there is no such tool, or several ids begin like this.
        """
        with self.reading() as connection:
            return _find(connection, name)

    def retire(self, name: str, *, task: str | None = None, who: str = "person", why: str = "") -> list[ToolVersion]:
        """Stop a tool from answering. A task goes back to its newest version that still serves, if any.

        Args:
            name: a task, which means its serving version; or the id of a program, or the beginning of it.
            task: if an id is given, only for this task; None for every task that has it.
            who: who or what decided it.
            why: the reason, in one sentence.

        Returns:
            The versions that were retired, as they are now.

        Raises:
            NotFoundError: there is no such tool.
        """
        with self.writing() as connection:
            if task is None and ids_of(connection, [name]):
                chosen = [_find(connection, name)]
            else:
                chosen = _versions_of(connection, name, task)
            meant = [version for version in chosen if version.status is not ToolStatus.RETIRED]
            return _decide(connection, meant, EventKind.RETIRED, who, why)

    def restore(self, name: str, *, task: str | None = None, who: str = "person", why: str = "") -> list[ToolVersion]:
        """Let a tool that was retired or suspended serve again.

        Args:
            name: a task, which means its newest such version; or the id of a program, or the beginning of it.
            task: if an id is given, only for this task; None for every task that has it.
            who: who or what decided it.
            why: the reason, in one sentence.

        Returns:
            The versions that were restored, as they are now.

        Raises:
            NotFoundError: there is no such tool.
        """
        with self.writing() as connection:
            chosen, is_task = _chosen(connection, name, task)
            if not chosen:
                raise NotFoundError(f"The task {name!r} has no tool.", hint="Make one: latm make.")
            meant = [version for version in chosen if version.status in _WITHDRAWN]
            return _decide(connection, meant[-1:] if is_task else meant, EventKind.RESTORED, who, why)

    def approve(self, name: str, *, task: str | None = None, who: str = "person", why: str = "") -> list[ToolVersion]:
        """Let a waiting tool serve.

        Args:
            name: a task, which means its newest waiting version; or the id of a program, or its beginning.
            task: if an id is given, only for this task; None for every task that has it.
            who: who or what decided it.
            why: the reason, in one sentence.

        Returns:
            The versions that were promoted, as they are now.

        Raises:
            NotFoundError: there is no such tool, or it does not wait.
        """
        with self.writing() as connection:
            chosen, is_task = _chosen(connection, name, task)
            meant = [version for version in chosen if version.status is ToolStatus.CANDIDATE]
            if not meant:
                raise NotFoundError(f"No tool of {name!r} waits for approval.", hint="`latm tools` lists all.")
            return _approved(connection, meant[-1:] if is_task else meant, who, why)

    def promote(self, name: str | None = None, *, who: str = "person", why: str = "") -> list[ToolVersion]:
        """Let a tool serve that is only compared with the model's answers.

        Args:
            name: a task, which means its newest version in shadow; or the id of a program, or the beginning of
                it. None: every task's.
            who: who or what decided it.
            why: the reason, in one sentence.

        Returns:
            The versions that were promoted, as they are now.

        Raises:
            NotFoundError: there is no such tool, or it is not in shadow.
        """
        with self.writing() as connection:
            chosen = load_versions(connection) if name is None else _chosen(connection, name, None)[0]
            newest = {one.task: one for one in chosen if one.status is ToolStatus.SHADOW}
            if not newest:
                told = "No tool" if name is None else f"No tool of {name!r}"
                raise NotFoundError(f"{told} is in shadow.", hint="`latm tools` lists all.")
            return _decide(connection, list(newest.values()), EventKind.PROMOTED, who, why)

    def decide(
        self, task: str, number: int, kind: EventKind, *, who: str = "person", why: str = ""
    ) -> list[ToolVersion]:
        """Apply a person's decision to one version of one task, whatever it still has to show.

        Args:
            task: the task's name.
            number: the version's number.
            kind: promoted, shadowed, suspended, retired, restored, pinned or unpinned.
            who: who or what decided it.
            why: the reason, in one sentence.

        Returns:
            The version as it is now.

        Raises:
            NotFoundError: there is no such version, or it does not serve and cannot be pinned.
        """
        with self.writing() as connection:
            known = load_versions(connection, tasks.c.name == task)
            meant = [version for version in known if version.number == number]
            if not meant:
                raise NotFoundError(f"The tool of {task!r} has no version {number}.")
            if kind is EventKind.PINNED and meant[0].status is not ToolStatus.SERVING:
                raise NotFoundError(f"Version {number} of {task!r} does not serve.", hint="Let it serve first.")
            return _decide(connection, meant, kind, who, why)

    def pin(self, name: str, *, pinned: bool = True, who: str = "person", why: str = "") -> list[ToolVersion]:
        """Pin the version that serves: no newer one replaces it, and its task is not deleted.

        Args:
            name: a task, which means its serving version; or the id of a program that serves, or the beginning of it.
            pinned: False unpins it.
            who: who or what decided it.
            why: the reason, in one sentence.

        Returns:
            The versions that were pinned or unpinned, as they are now.

        Raises:
            NotFoundError: there is no such tool, or it does not serve.
        """
        with self.writing() as connection:
            chosen = [_find(connection, name)] if ids_of(connection, [name]) else _versions_of(connection, name, None)
            meant = [version for version in chosen if version.status is ToolStatus.SERVING]
            if not meant:
                raise NotFoundError(f"The tool {name!r} does not serve.", hint="Restore it first: latm tools restore.")
            return _decide(connection, meant, EventKind.PINNED if pinned else EventKind.UNPINNED, who, why)

    def export(self, name: str) -> str:
        """A tool's source as a file, with its origin in a comment at the head.

        Raises:
            NotFoundError: there is no such tool.
        """
        with self.reading() as connection:
            tool = _find(connection, name)
            made = select_makings().where(makings.c.tool_id == tool.id, makings.c.task == tool.task).limit(1)
            row = connection.execute(made).first()
        return header(tool, to_making(row) if row else None) + tool.source


def add_version(connection: Connection, task_id: int, new: ToolVersion) -> tuple[ToolVersion, bool]:
    """Give a task a program as the next version of its tool.

    There is no new version if the newest is already this program, or if a person or an auditor has withdrawn this
    program from this task: then the existing version is returned.

    Returns:
        The version with its number, and whether it is new.
    """
    known = load_versions(connection, tasks.c.id == task_id)
    same = [version for version in known if version.id == new.id][-1:]
    if same and (same == known[-1:] or same[0].status in _WITHDRAWN):
        return same[0], False
    new = replace(new, number=known[-1].number + 1 if known else 1)
    for program in new.programs:
        values = {"id": program.id, "source": program.source, "kind": program.kind, "added_at": now()}
        connection.execute(upsert(connection, programs).on_conflict_do_nothing(), values)
    connection.execute(insert(versions), _to_values(task_id, new))
    return new, True


def _to_values(task_id: int, version: ToolVersion) -> dict[str, Any]:
    return {
        "task_id": task_id,
        "number": version.number,
        "program": version.program.id,
        "demonstrations": [[shown.question, dict(shown.arguments)] for shown in version.demonstrations],
        "verification": asdict(version.verification),
        "second": version.second.id if version.second else None,
    }


def _find(connection: Connection, name: str) -> ToolVersion:
    """The version that serves a task, or the first version of a program whose id begins like this."""
    known = load_known(connection, tasks.c.name == name)
    if not known:
        return _versions_of(connection, name, None)[0]
    if known[0].tool is None:
        raise NotFoundError(f"No tool serves the task {name!r}.", hint="Name a retired one by its id.")
    return known[0].tool


def _chosen(connection: Connection, name: str, task: str | None) -> tuple[list[ToolVersion], bool]:
    """The versions of a task of that name, or of a program whose id begins like it; and whether it is a task."""
    if task is None and ids_of(connection, [name]):
        return load_versions(connection, tasks.c.name == name), True
    return _versions_of(connection, name, task), False


def _versions_of(connection: Connection, prefix: str, task: str | None) -> list[ToolVersion]:
    """The versions of a program, at least one, in the order in which they were made."""
    program = _program(connection, prefix)
    having = select(versions.c.task_id).where(versions.c.program == program)
    order = dict(connection.execute(select(tasks.c.name, tasks.c.id).where(tasks.c.id.in_(having))).all())
    found = [
        version
        for version in load_versions(connection, tasks.c.id.in_(having))
        if version.id == program and task in (None, version.task)
    ]
    if not found:
        raise NotFoundError(f"The task {task!r} has no tool {prefix!r}.", hint=f"It is one of {', '.join(order)}.")
    return sorted(found, key=lambda version: (order[version.task], version.number))


def _program(connection: Connection, prefix: str) -> str:
    """The id that begins like this."""
    alike = select(programs.c.id).where(func.substr(programs.c.id, 1, len(prefix)) == prefix).order_by(programs.c.id)
    ids = connection.scalars(alike).all() if prefix else []
    if not ids:
        names = [*connection.scalars(select(tasks.c.name)), *connection.scalars(select(programs.c.id))]
        raise NotFoundError(f"There is no tool and no task {prefix!r}.", hint=suggest(prefix, names))
    if len(ids) > 1:
        raise NotFoundError(f"Several tools begin with {prefix!r}: {', '.join(ids)}.", hint="Give more of the id.")
    found: str = ids[0]
    return found


def _approved(connection: Connection, chosen: list[ToolVersion], who: str, why: str) -> list[ToolVersion]:
    """Let versions serve, or earn it first if that is asked of them."""
    ids = ids_of(connection, {version.task for version in chosen})
    for version in chosen:
        task_id = ids[version.task]
        goal = load_state(connection, task_id, version.number).goal
        moved = begun(connection, task_id, version.task, version.number, goal, who=who, why=why)
        append_events(connection, task_id, moved.events)
    return _as_they_are(connection, chosen, ids)


def _decide(
    connection: Connection, chosen: list[ToolVersion], kind: EventKind, who: str, why: str
) -> list[ToolVersion]:
    """Apply the same event to several versions."""
    ids = ids_of(connection, {version.task for version in chosen})
    for version in chosen:
        append_events(connection, ids[version.task], [Event(kind, version.task, version.number, who, why)])
    return _as_they_are(connection, chosen, ids)


def _as_they_are(connection: Connection, chosen: list[ToolVersion], ids: Mapping[str, int]) -> list[ToolVersion]:
    """Let readers see what was decided about some versions, and return the versions as they are now."""
    if chosen:
        touch(connection, list(ids.values()))
    numbers = {(version.task, version.number) for version in chosen}
    now_known = load_versions(connection, tasks.c.id.in_(ids.values()))
    return [version for version in now_known if (version.task, version.number) in numbers]
