"""Large Language Models as Tool Makers: a functional cache for recurring questions."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from latm.answer import Answer, Route
    from latm.errors import LatmError
    from latm.event import Event
    from latm.form import Form
    from latm.latm import AsyncLatm
    from latm.observing import Observer
    from latm.provenance import Making
    from latm.question import Question, Scope
    from latm.settings import Settings
    from latm.sync import Latm
    from latm.task import Example, Instance, Task
    from latm.tool import Program, ToolVersion

__version__ = "0.1.0"

_HOMES = {
    "Answer": "latm.answer",
    "AsyncLatm": "latm.latm",
    "Event": "latm.event",
    "Example": "latm.task",
    "Form": "latm.form",
    "Instance": "latm.task",
    "Latm": "latm.sync",
    "LatmError": "latm.errors",
    "Making": "latm.provenance",
    "Observer": "latm.observing",
    "Program": "latm.tool",
    "Question": "latm.question",
    "Route": "latm.answer",
    "Scope": "latm.question",
    "Settings": "latm.settings",
    "Task": "latm.task",
    "ToolVersion": "latm.tool",
}

__all__ = [
    "Answer",
    "AsyncLatm",
    "Event",
    "Example",
    "Form",
    "Instance",
    "Latm",
    "LatmError",
    "Making",
    "Observer",
    "Program",
    "Question",
    "Route",
    "Scope",
    "Settings",
    "Task",
    "ToolVersion",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that `import latm` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'latm' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
