"""A task as it is known at one moment: with the version of its tool that serves it."""

from dataclasses import dataclass

from latm.task import Task
from latm.tool import ToolVersion


@dataclass(frozen=True, slots=True)
class Known:
    """A task, and what serves it.

    Attributes:
        task: with its examples that stand.
        tool: the version that serves it: the newest that may; None where none does.
        shadow: a newer version that is only compared with the model's answers; None without one.
        id: the task's for good, whatever its name; 0 outside a store.
    """

    task: Task
    tool: ToolVersion | None = None
    id: int = 0
    shadow: ToolVersion | None = None
