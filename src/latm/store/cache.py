"""The tool cache: all tables together, and the one transaction that spans them."""

from sqlalchemy import Connection, delete, insert

from latm.errors import StoreError
from latm.provenance import Making, Outcome
from latm.store.answers import AnswerTable
from latm.store.database import changed
from latm.store.makings import MakingTable, making_values
from latm.store.schema import claims, journal, makings
from latm.store.tasks import TaskTable, count_examples, ensure_task, serving_tool, update_task
from latm.store.tools import ToolTable, add_version
from latm.task import TaskStatus
from latm.tool import Tool

_STATUS_WITHOUT_TOOL = {Outcome.UNTOOLABLE: TaskStatus.UNTOOLABLE}


class ToolCache(TaskTable, ToolTable, MakingTable, AnswerTable):
    """Tasks, tools, makings and answers in one database.

    Every method is synchronous and one transaction: done as a whole once it returns, or not at all. Threads and
    processes may use the same database at once.
    """

    def record_making(self, making: Making, tool: Tool | None, *, tried_at: int | None = None) -> Tool | None:
        """Put a finished making on record with all that follows from it, in one transaction.

        The tool becomes the next version of `making.task` and serves it; the claim and the journal are cleared. A task
        that a tool already serves stays served where the making led to none.

        Args:
            making: as it ended.
            tool: the tool made or reused; None where it led to none.
            tried_at: how many examples the task had when the making began; counted now where None.

        Returns:
            The tool as stored, with the task's name and its version there; None without one.

        Raises:
            StoreError: the making names another tool than it comes with.
        """
        if making.tool_id != (tool.id if tool else None):
            raise StoreError(f"The making names the tool {making.tool_id} but comes with {tool.id if tool else None}.")
        with self.writing() as connection:
            ensure_task(connection, making.task)
            stored = add_version(connection, making.task, tool) if tool else None
            connection.execute(insert(makings), making_values(making))
            _conclude(connection, making, count_examples(connection, making.task) if tried_at is None else tried_at)
            for table in (claims, journal):
                connection.execute(delete(table).where(table.c.task == making.task))
            changed(connection)
        return stored


def _conclude(connection: Connection, making: Making, tried_at: int) -> None:
    """Set the task's status from what serves it now."""
    if serving_tool(connection, making.task):
        status, reason = TaskStatus.SERVED, ""
    else:
        status, reason = _STATUS_WITHOUT_TOOL.get(making.outcome, TaskStatus.FAILED), making.reason
    update_task(connection, making.task, status, reason, tried_at)
