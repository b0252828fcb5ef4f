"""A tool inside its worker: imported once, called many times, every ending told as a verdict."""

import errno
import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType, TracebackType
from typing import Any

from latm.sandbox.protocol import Verdict
from latm.sandbox.stdlib import DeniedError, guarded_builtins
from latm.sandbox.wire import MAX_DETAIL, NotPlainError, TooLargeError

MODULE = "latm_tool"
_FILENAME = "<tool>"


class ToolFailure(Exception):  # noqa: N818  # an ending of the tool, not an error of ours
    """How a call failed.

    Attributes:
        verdict: whose kind of failure.
        detail: for a person or a tool maker.
    """

    def __init__(self, verdict: Verdict, detail: str) -> None:
        super().__init__(verdict, detail)
        self.verdict = verdict
        # What an exception says may hold half of a surrogate pair, which cannot be printed.
        self.detail = detail[:MAX_DETAIL].encode("utf-8", "replace").decode()


class Program:
    """One program, imported.

    Args:
        source: the text of a Python module.

    Attributes:
        imported: the modules that it has imported so far.

    Raises:
        ToolFailure: it does not compile or import.
    """

    def __init__(self, source: str) -> None:
        self.imported: set[str] = set()
        self._lines = source.splitlines()
        module = ModuleType(MODULE)
        self._names = module.__dict__
        self._names["__builtins__"] = guarded_builtins(self.imported)
        # dataclasses, enum and typing look a class's module up here.
        sys.modules[MODULE] = module
        try:
            exec(compile(source, _FILENAME, "exec", dont_inherit=True), self._names)  # noqa: S102  # its purpose
        except BaseException as error:  # noqa: BLE001  # whatever a tool raises is its verdict
            raise self.failure(error) from None

    def function(self, name: str) -> Callable[..., Any]:
        """One of its functions; if it has none of that name, one that says so."""
        found: Callable[..., Any] = self._names.get(name, partial(_missing, name))
        return found

    def failure(self, error: BaseException) -> ToolFailure:
        """What an exception of the tool, or of its value on the way out, is told as."""
        try:
            return ToolFailure(verdict_of(error), self._describe(error))
        except BaseException:  # noqa: BLE001  # an exception's own methods are the tool's code and may do anything
            return ToolFailure(Verdict.ERROR, "an exception that cannot be shown")

    def _describe(self, error: BaseException) -> str:
        if isinstance(error, TooLargeError):
            return f"it returned {error}"
        if isinstance(error, NotPlainError):
            return f"it returned what cannot be passed on: {error}"
        text = f"{type(error).__name__}: {str(error)[:MAX_DETAIL]}"
        where = self._where(error)
        return f"{text}\n{where}" if where else text

    def _where(self, error: BaseException) -> str:
        if isinstance(error, SyntaxError) and error.filename == _FILENAME and error.lineno:
            return self._line(error.lineno, "<module>")
        place = _last_tool_line(error.__traceback__)
        return self._line(*place) if place else ""

    def _line(self, number: int, function: str) -> str:
        source = self._lines[number - 1].strip() if 0 < number <= len(self._lines) else ""
        return f"line {number}, in {function}: {source}"


def _missing(name: str, *_: Any) -> None:
    raise NameError(f"the program has no function {name!r}")


def _last_tool_line(trace: TracebackType | None) -> tuple[int, str] | None:
    found = None
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == _FILENAME:
            found = trace.tb_lineno, code.co_name
        trace = trace.tb_next
    return found


def verdict_of(error: BaseException) -> Verdict:
    """Which of the tool's verdicts an exception stands for."""
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, MemoryError) or number == errno.ENOMEM:
        return Verdict.MEMORY
    if isinstance(error, TooLargeError):
        return Verdict.OUTPUT
    if isinstance(error, DeniedError) or number == errno.EPERM:
        return Verdict.DENIED
    return Verdict.ERROR
