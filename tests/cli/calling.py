"""Calling `latm` in tests."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from subprocess import Popen
from typing import Any


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def object(self) -> dict[str, Any]:
        """The one JSON object on standard output."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


Call = Callable[..., Ended]
Start = Callable[..., Popen[str]]
