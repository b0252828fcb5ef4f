"""A task as it is known at one moment: with the version of its tool that serves it."""

from dataclasses import dataclass

from latm.task import Task
from latm.tool import ToolVersion

ABSENCE = "absence"
"""The guard of answers that nothing is there."""


@dataclass(frozen=True, slots=True)
class Known:
    """A task, and what serves it.

    Attributes:
        task: with its examples that stand.
        tool: the version that serves it: the newest that may; None if none does.
        shadow: a newer version that is only compared with the model's answers; None without one.
        id: the task's for good, whatever its name; 0 outside a store.
        absences: claims of its tool that nothing is there which the model was asked about, and how many of them it
            contradicted, since the task had a new version.
    """

    task: Task
    tool: ToolVersion | None = None
    id: int = 0
    shadow: ToolVersion | None = None
    absences: tuple[int, int] = (0, 0)
