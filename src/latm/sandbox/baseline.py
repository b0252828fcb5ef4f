"""What a worker looked like before it ran a tool, to see whether the tool changed it.

This is hygiene, not a wall: code that owns the process can lie about it. Only a fresh fork is surely clean.
"""

import builtins
import sys
from collections.abc import Iterable

_ALWAYS = (
    "json",
    "json.decoder",
    "json.encoder",
    "latm.sandbox.plain",
    "latm.sandbox.program",
    "latm.sandbox.wire",
    "latm.sandbox.worker",
)


class Baseline:
    """The names in the builtins and in every module, as they are now."""

    def __init__(self) -> None:
        self._builtins = list(vars(builtins).values())
        self._names = {name: list(vars(module).values()) for name, module in sys.modules.items()}
        self._modules = list(sys.modules.values())

    def still_holds(self, imported: Iterable[str], added: str) -> bool:
        """Whether the builtins, the table of modules, our own modules and those that a tool imported are unchanged.

        Args:
            imported: the names that the tool imported.
            added: the one module that a tool adds: itself.
        """
        # Lists of the same objects are compared in a moment. If one has changed, an equality of the tool's may lie.
        modules = sys.modules
        return (
            list(vars(builtins).values()) == self._builtins
            and list(modules.values())[: len(self._modules)] == self._modules
            and len(modules) == len(self._modules) + (added in modules)
            and all(list(vars(modules[name]).values()) == self._names[name] for name in (*_ALWAYS, *imported))
        )
