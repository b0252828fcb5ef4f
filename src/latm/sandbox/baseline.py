"""What a worker looked like before it ran a tool, to see whether the tool changed it.

This is hygiene, not a wall: code that owns the process can lie about it. Only a fresh fork is surely clean.
"""

import builtins
import sys
from collections.abc import Iterable, Mapping
from operator import is_
from typing import Any

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
        self._builtins = dict(vars(builtins))
        self._names = {name: dict(vars(module)) for name, module in sys.modules.items()}
        self._modules = dict(sys.modules)

    def still_holds(self, imported: Iterable[str], added: str) -> bool:
        """Whether the builtins, the table of modules, our own modules and those that a tool imported are unchanged.

        Args:
            imported: the names that the tool imported.
            added: the one module that a tool adds: itself.
        """
        return (
            _same(vars(builtins), self._builtins)
            and self._modules_are_the_same(added)
            and all(_same(vars(self._modules[name]), self._names[name]) for name in (*_ALWAYS, *imported))
        )

    def _modules_are_the_same(self, added: str) -> bool:
        # What was there before stands first in the table, and the tool's own module after it.
        more = len(sys.modules) - len(self._modules)
        return more == (added in sys.modules) and all(map(is_, sys.modules.values(), self._modules.values()))


def _same(now: Mapping[str, Any], then: Mapping[str, Any]) -> bool:
    # Identity, because an equality may be the tool's own code.
    return len(now) == len(then) and all(map(is_, now.values(), then.values()))
