"""Tools in the database: sources by their hash, and which of them serve which task."""

from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, update

from latm.errors import NotFoundError
from latm.store import dialect
from latm.store.database import Database, changed, now
from latm.store.export import header
from latm.store.makings import select_makings, to_making
from latm.store.schema import makings, tasks, tools, versions
from latm.store.tasks import serving_tool, suggest, update_task
from latm.store.usage import AnyRow
from latm.task import TaskStatus
from latm.tool import Demonstration, Tool, ToolKind, ToolStatus


class ToolTable(Database):
    """What the tool cache knows of tools."""

    def tools(self, *, task: str | None = None, status: ToolStatus | None = None) -> list[Tool]:
        """Tools by task and version; a source that serves several tasks is listed for each.

        Args:
            task: only those of this task.
            status: only those that are serving, or retired.
        """
        statement = _select_tools()
        if task is not None:
            statement = statement.where(versions.c.task == task)
        if status is not None:
            statement = statement.where(tools.c.status == status)
        with self.reading() as connection:
            return [_to_tool(row) for row in connection.execute(statement)]

    def tool(self, name: str) -> Tool:
        """One tool.

        Args:
            name: a task, which gives its newest serving version; or an id, or as much of it as makes it unique, which
                gives the tool as it was first made.

        Raises:
            NotFoundError: there is none, or several ids begin so.
        """
        with self.reading() as connection:
            return find_tool(connection, name)

    def retire(self, tool_id: str) -> None:
        """Let a tool answer no more questions; tasks go back to their newest version that still serves, if any.

        Raises:
            NotFoundError: there is no such tool.
        """
        self._set_tool_status(tool_id, ToolStatus.RETIRED)

    def restore(self, tool_id: str) -> None:
        """Undo `retire`.

        Raises:
            NotFoundError: there is no such tool.
        """
        self._set_tool_status(tool_id, ToolStatus.SERVING)

    def export(self, tool_id: str) -> str:
        """A tool's source as a file of its own, with how it came to be in a comment at its head.

        Raises:
            NotFoundError: there is no such tool.
        """
        with self.reading() as connection:
            tool = find_tool(connection, tool_id)
            made = select_makings().where(makings.c.tool_id == tool.id, makings.c.task == tool.task).limit(1)
            row = connection.execute(made).first()
        return header(tool, to_making(row) if row else None) + tool.source

    def _set_tool_status(self, tool_id: str, status: ToolStatus) -> None:
        with self.writing() as connection:
            found = _find_by_id(connection, tool_id).id
            connection.execute(update(tools).where(tools.c.id == found).values(status=status))
            for task in connection.scalars(select(versions.c.task).where(versions.c.tool_id == found).distinct()).all():
                _follow(connection, task, found)
            changed(connection)


def find_tool(connection: Connection, name: str) -> Tool:
    """The tool of a task, or with an id that begins so.

    Raises:
        NotFoundError: there is none, or several ids begin so.
    """
    if connection.execute(select(tasks.c.id).where(tasks.c.name == name)).first() is None:
        return _find_by_id(connection, name)
    newest = _select_tools().where(versions.c.task == name, tools.c.status == ToolStatus.SERVING)
    row = connection.execute(newest.order_by(None).order_by(versions.c.version.desc()).limit(1)).first()
    if row is None:
        raise NotFoundError(f"No tool serves the task {name!r}.", hint="Name a retired one by its id.")
    return _to_tool(row)


def add_version(connection: Connection, task: str, tool: Tool) -> Tool:
    """Let a task be served by this source, as its next version unless it already is the newest.

    Returns:
        The tool as stored: with the task's name, its version there, and retired where a person has retired the source.
    """
    connection.execute(
        dialect.upsert(tools)
        .values(id=tool.id, source=tool.source, kind=tool.kind, status=tool.status, added_at=now())
        .on_conflict_do_nothing()
    )
    newest = select(versions.c.version, versions.c.tool_id).where(versions.c.task == task)
    latest = connection.execute(newest.order_by(versions.c.version.desc()).limit(1)).first()
    if latest is None or latest.tool_id != tool.id:
        version = latest.version + 1 if latest else 1
        demonstrations = [[shown.question, dict(shown.arguments)] for shown in tool.demonstrations]
        row = {"task": task, "version": version, "tool_id": tool.id, "demonstrations": demonstrations}
        connection.execute(insert(versions), row)
    else:
        version = latest.version
    stored = _select_tools().where(versions.c.task == task, versions.c.version == version)
    return _to_tool(connection.execute(stored).one())


def _select_tools() -> Select[*tuple[Any, ...]]:
    return (
        select(
            *(versions.c.task, versions.c.version, versions.c.demonstrations),
            *(tools.c.source, tools.c.kind, tools.c.status),
        )
        .join(tools)
        .order_by(versions.c.task, versions.c.version)
    )


def _to_tool(row: AnyRow) -> Tool:
    shown = tuple(Demonstration(question, arguments) for question, arguments in row.demonstrations)
    return Tool(row.source, row.task, row.version, shown, ToolKind(row.kind), ToolStatus(row.status))


def _find_by_id(connection: Connection, prefix: str) -> Tool:
    alike = select(tools.c.id).where(func.substr(tools.c.id, 1, len(prefix)) == prefix).order_by(tools.c.id)
    ids = connection.scalars(alike).all() if prefix else []
    if not ids:
        names = [*connection.scalars(select(tasks.c.name)), *connection.scalars(select(tools.c.id))]
        raise NotFoundError(f"There is no tool and no task {prefix!r}.", hint=suggest(prefix, names))
    if len(ids) > 1:
        raise NotFoundError(f"Several tools begin with {prefix!r}: {', '.join(ids)}.", hint="Give more of the id.")
    first = _select_tools().join(tasks, tasks.c.name == versions.c.task).where(versions.c.tool_id == ids[0])
    return _to_tool(connection.execute(first.order_by(None).order_by(tasks.c.id, versions.c.version).limit(1)).one())


def _follow(connection: Connection, task: str, tool_id: str) -> None:
    """Bring a task's status in line after one of its tools was retired or restored."""
    if serving_tool(connection, task) is None:
        update_task(connection, task, TaskStatus.COLLECTING, f"its tool {tool_id} was retired", None)
    else:
        update_task(connection, task, TaskStatus.SERVED, "", None)
