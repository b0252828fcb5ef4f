"""A tool inside its worker: imported once, called many times, every ending told as a verdict."""

import errno
import hashlib
import sys
from collections.abc import Sequence
from types import CodeType, ModuleType, TracebackType
from typing import Any

from latm.sandbox.protocol import Verdict
from latm.sandbox.stdlib import DeniedError, guarded_builtins
from latm.sandbox.wire import NotPlainError, TooLargeError, pack

FILENAME = "<tool>"
MODULE = "tool"
_LONGEST_DETAIL = 2000


class ToolFailure(Exception):  # noqa: N818  # an ending of the tool, not an error of ours
    """How a call failed.

    Attributes:
        verdict: whose kind of failure.
        detail: for a person or a tool maker.
    """

    def __init__(self, verdict: Verdict, detail: str) -> None:
        super().__init__(verdict, detail)
        self.verdict = verdict
        self.detail = detail[:_LONGEST_DETAIL]


class Program:
    """One program, imported.

    Args:
        source: the text of a Python module.
        largest: bytes that one value may have.

    Raises:
        ToolFailure: it does not compile or import.
    """

    def __init__(self, source: str, largest: int) -> None:
        self._lines = source.splitlines()
        self._largest = largest
        self._module = ModuleType(MODULE)
        self._module.__dict__["__builtins__"] = guarded_builtins()
        # dataclasses, enum and typing look a class's module up here.
        sys.modules[MODULE] = self._module
        try:
            exec(self._compile(source), self._module.__dict__)  # noqa: S102  # what the sandbox is for
        except BaseException as error:
            raise self._failure(error) from None

    def call(self, function: str, arguments: Sequence[Any]) -> Any:
        """Call a function; its value comes back packed.

        Raises:
            ToolFailure: it did not return plain data.
        """
        try:
            value = self._function(function)(*arguments)
        except BaseException as error:
            raise self._failure(error) from None
        try:
            return pack(value, self._largest)
        except NotPlainError as error:
            raise ToolFailure(Verdict.ERROR, f"{function} returned what cannot be passed on: {error}") from None
        except TooLargeError as error:
            raise ToolFailure(Verdict.OUTPUT, f"{function} returned {error}; {self._largest} are allowed") from None
        except BaseException as error:
            raise self._failure(error) from None

    def _compile(self, source: str) -> CodeType:
        return compile(source, FILENAME, "exec", dont_inherit=True)

    def _function(self, name: str) -> Any:
        function = self._module.__dict__.get(name)
        if not callable(function):
            raise NameError(f"the program has no function {name!r}")
        return function

    def _failure(self, error: BaseException) -> ToolFailure:
        try:
            return ToolFailure(verdict_of(error), self._describe(error))
        except BaseException:  # noqa: BLE001  # an exception's own methods are the tool's code and may do anything
            return ToolFailure(Verdict.ERROR, "an exception that cannot be shown")

    def _describe(self, error: BaseException) -> str:
        text = f"{type(error).__name__}: {error}"[:_LONGEST_DETAIL]
        where = self._where(error)
        return f"{text}\n{where}" if where else text

    def _where(self, error: BaseException) -> str:
        if isinstance(error, SyntaxError) and error.filename == FILENAME and error.lineno:
            return self._line(error.lineno, MODULE)
        place = _last_tool_line(error.__traceback__)
        return self._line(*place) if place else ""

    def _line(self, number: int, function: str) -> str:
        source = self._lines[number - 1].strip() if 0 < number <= len(self._lines) else ""
        return f"line {number}, in {function}: {source}"


def _last_tool_line(trace: TracebackType | None) -> tuple[int, str] | None:
    found = None
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == FILENAME:
            found = trace.tb_lineno, code.co_name
        trace = trace.tb_next
    return found


def verdict_of(error: BaseException) -> Verdict:
    """Which of the tool's verdicts an exception stands for."""
    if isinstance(error, MemoryError):
        return Verdict.MEMORY
    if isinstance(error, DeniedError) or (isinstance(error, OSError) and error.errno == errno.EPERM):
        return Verdict.DENIED
    return Verdict.ERROR


def identity(source: str) -> str:
    """What a program is known by."""
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()
