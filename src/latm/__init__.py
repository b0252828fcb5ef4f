"""Large Language Models as Tool Makers: a functional cache for recurring questions."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from latm.answer import Answer, Route
    from latm.errors import LatmError
    from latm.latm import AsyncLatm
    from latm.provenance import Making
    from latm.settings import Settings
    from latm.sync import Latm
    from latm.task import Example, Instance, Task
    from latm.tool import Tool

__version__ = "0.1.0"

_HOMES = {
    "Answer": "latm.answer",
    "AsyncLatm": "latm.latm",
    "Example": "latm.task",
    "Instance": "latm.task",
    "Latm": "latm.sync",
    "LatmError": "latm.errors",
    "Making": "latm.provenance",
    "Route": "latm.answer",
    "Settings": "latm.settings",
    "Task": "latm.task",
    "Tool": "latm.tool",
}

__all__ = [
    "Answer",
    "AsyncLatm",
    "Example",
    "Instance",
    "Latm",
    "LatmError",
    "Making",
    "Route",
    "Settings",
    "Task",
    "Tool",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that `import latm` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'latm' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
