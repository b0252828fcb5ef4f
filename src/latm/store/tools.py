"""Tools in the database: programs by the hash of their source, and the versions that tasks have of them."""

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
    """What the tool cache knows of tools."""

    def tools(self, *, task: str | None = None, status: ToolStatus | None = None) -> list[ToolVersion]:
        """Versions by task and number; a program that serves several tasks is listed for each.

        Args:
            task: only those of this task.
            status: only those of which this has become.
        """
        with self.reading() as connection:
            found = load_versions(connection, None if task is None else tasks.c.name == task)
        return [version for version in found if status in (None, version.status)]

    def tool(self, name: str) -> ToolVersion:
        """One version.

        Args:
            name: a task, which gives the version that serves it; or the id of a program, or as much of it as makes it
                unique, which gives the version that it was first made as.

        Raises:
            NotFoundError: there is none, or several ids begin so.
        """
        with self.reading() as connection:
            return _find(connection, name)

    def retire(self, name: str, *, task: str | None = None, who: str = "person", why: str = "") -> list[ToolVersion]:
        """Let a tool answer no more questions; a task goes back to its newest version that still serves, if any.

        Args:
            name: a task, whose serving version is meant; or the id of a program, or the beginning of it.
            task: where an id is given: only for this task; None for every task that has it.
            who: who or what decided it.
            why: in one sentence.

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
            name: a task, of which the newest such version is meant; or the id of a program, or the beginning of it.
            task: where an id is given: only for this task; None for every task that has it.
            who: who or what decided it.
            why: in one sentence.

        Returns:
            The versions that were restored, as they are now.

        Raises:
            NotFoundError: there is no such tool.
        """
        with self.writing() as connection:
            if task is None and ids_of(connection, [name]):
                chosen = load_versions(connection, tasks.c.name == name)
                meant = [version for version in chosen if version.status in _WITHDRAWN][-1:]
            else:
                chosen = _versions_of(connection, name, task)
                meant = [version for version in chosen if version.status in _WITHDRAWN]
            if not chosen:
                raise NotFoundError(f"The task {name!r} has no tool.", hint="Make one: latm make.")
            return _decide(connection, meant, EventKind.RESTORED, who, why)

    def approve(self, name: str, *, task: str | None = None, who: str = "person", why: str = "") -> list[ToolVersion]:
        """Let a tool serve that waits for it.

        Args:
            name: a task, of which the newest version that waits is meant; or the id of a program, or its beginning.
            task: where an id is given: only for this task; None for every task that has it.
            who: who or what decided it.
            why: in one sentence.

        Returns:
            The versions that were promoted, as they are now.

        Raises:
            NotFoundError: there is no such tool, or none that waits.
        """
        with self.writing() as connection:
            is_task = task is None and ids_of(connection, [name])
            chosen = load_versions(connection, tasks.c.name == name) if is_task else None
            chosen = _versions_of(connection, name, task) if chosen is None else chosen
            meant = [version for version in chosen if version.status is ToolStatus.CANDIDATE]
            if not meant:
                raise NotFoundError(f"No tool of {name!r} waits for approval.", hint="`latm tools` lists all.")
            return _approved(connection, meant[-1:] if is_task else meant, who, why)

    def promote(self, name: str | None = None, *, who: str = "person", why: str = "") -> list[ToolVersion]:
        """Let a tool serve that is only compared with the model's answers.

        Args:
            name: a task, of which the newest version in shadow is meant; or the id of a program, or the beginning of
                it. None: every task's.
            who: who or what decided it.
            why: in one sentence.

        Returns:
            The versions that were promoted, as they are now.

        Raises:
            NotFoundError: there is no such tool, or none in shadow.
        """
        with self.writing() as connection:
            is_task = name is None or ids_of(connection, [name])
            which = None if name is None else tasks.c.name == name
            chosen = load_versions(connection, which) if is_task else _versions_of(connection, name or "", None)
            newest = {one.task: one for one in chosen if one.status is ToolStatus.SHADOW}
            if not newest:
                told = "No tool" if name is None else f"No tool of {name!r}"
                raise NotFoundError(f"{told} is in shadow.", hint="`latm tools` lists all.")
            return _decide(connection, list(newest.values()), EventKind.PROMOTED, who, why)

    def decide(
        self, task: str, number: int, kind: EventKind, *, who: str = "person", why: str = ""
    ) -> list[ToolVersion]:
        """Let a person's decision stand for one version of one task, whatever is still to be shown of it.

        Args:
            task: its name.
            number: of the version.
            kind: promoted, shadowed, suspended, retired, restored, pinned or unpinned.
            who: who or what decided it.
            why: in one sentence.

        Returns:
            The version as it is now.

        Raises:
            NotFoundError: there is no such version, or it is to be pinned and does not serve.
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
        """Keep the version that serves: no newer one takes its place, and its task is not deleted.

        Args:
            name: a task, whose serving version is meant; or the id of a program that serves, or the beginning of it.
            pinned: False lets go of it again.
            who: who or what decided it.
            why: in one sentence.

        Returns:
            The versions that were pinned, or let go, as they are now.

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
        """A tool's source as a file of its own, with how it came to be in a comment at its head.

        Raises:
            NotFoundError: there is no such tool.
        """
        with self.reading() as connection:
            tool = _find(connection, name)
            made = select_makings().where(makings.c.tool_id == tool.id, makings.c.task == tool.task).limit(1)
            row = connection.execute(made).first()
        return header(tool, to_making(row) if row else None) + tool.source


def add_version(connection: Connection, task_id: int, new: ToolVersion) -> tuple[ToolVersion, bool]:
    """Let a task have a program as the next version of its tool.

    It is not a new version where the newest is this program already, or where a person or an auditor has withdrawn this
    program from this task: then it is the one that there is.

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
    """The version that serves a task, or the first of a program whose id begins so."""
    known = load_known(connection, tasks.c.name == name)
    if not known:
        return _versions_of(connection, name, None)[0]
    if known[0].tool is None:
        raise NotFoundError(f"No tool serves the task {name!r}.", hint="Name a retired one by its id.")
    return known[0].tool


def _versions_of(connection: Connection, prefix: str, task: str | None) -> list[ToolVersion]:
    """The versions that a program is, the first that it was made as first; at least one."""
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
    """The id that begins so."""
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
    """Let versions serve, or where that is asked of them, earn it first."""
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
    """Let the same happen to several versions."""
    ids = ids_of(connection, {version.task for version in chosen})
    for version in chosen:
        append_events(connection, ids[version.task], [Event(kind, version.task, version.number, who, why)])
    return _as_they_are(connection, chosen, ids)


def _as_they_are(connection: Connection, chosen: list[ToolVersion], ids: Mapping[str, int]) -> list[ToolVersion]:
    """Show what was decided of some versions; as they are now."""
    if chosen:
        touch(connection, list(ids.values()))
    numbers = {(version.task, version.number) for version in chosen}
    now_known = load_versions(connection, tasks.c.id.in_(ids.values()))
    return [version for version in now_known if (version.task, version.number) in numbers]
