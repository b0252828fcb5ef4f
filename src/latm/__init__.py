"""Large Language Models as Tool Makers: a functional cache for recurring questions."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from latm.answer import Answer, AnswerDict, Route
    from latm.errors import LatmError
    from latm.event import Event
    from latm.form import Form
    from latm.gateway.wrapping import wrap
    from latm.health import Health
    from latm.latm import AsyncLatm
    from latm.ledger import Usage
    from latm.models.own import Model
    from latm.models.port import Completion, Message, Request
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
    "AnswerDict": "latm.answer",
    "AsyncLatm": "latm.latm",
    "Completion": "latm.models.port",
    "Event": "latm.event",
    "Example": "latm.task",
    "Form": "latm.form",
    "Health": "latm.health",
    "Instance": "latm.task",
    "Latm": "latm.sync",
    "LatmError": "latm.errors",
    "Making": "latm.provenance",
    "Message": "latm.models.port",
    "Model": "latm.models.own",
    "Observer": "latm.observing",
    "Program": "latm.tool",
    "Question": "latm.question",
    "Request": "latm.models.port",
    "Route": "latm.answer",
    "Scope": "latm.question",
    "Settings": "latm.settings",
    "Task": "latm.task",
    "ToolVersion": "latm.tool",
    "Usage": "latm.ledger",
    "wrap": "latm.gateway.wrapping",
}

__all__ = [
    "Answer",
    "AnswerDict",
    "AsyncLatm",
    "Completion",
    "Event",
    "Example",
    "Form",
    "Health",
    "Instance",
    "Latm",
    "LatmError",
    "Making",
    "Message",
    "Model",
    "Observer",
    "Program",
    "Question",
    "Request",
    "Route",
    "Scope",
    "Settings",
    "Task",
    "ToolVersion",
    "Usage",
    "wrap",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that `import latm` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'latm' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
