"""Tools: one immutable version of the program for a task."""

import ast
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

ANSWER_FUNCTION = "latm_answer"
TRACE_FUNCTION = "latm_trace"
FINISH_FUNCTION = "latm_finish"

DRIVER = f"""

def {ANSWER_FUNCTION}(question):
    arguments = parse(question)
    return None if arguments is None else answer(solve(**arguments), question)


def {TRACE_FUNCTION}(question):
    arguments = parse(question)
    if arguments is None:
        return None
    import json
    if json.loads(json.dumps(arguments, default=repr)) != arguments:
        raise TypeError(f"parse must return a dict of plain JSON values, but it returned {{arguments!r}}")
    return {{"arguments": arguments, "answer": answer(solve(**arguments), question)}}


def {FINISH_FUNCTION}(arguments, question):
    return answer(solve(**arguments), question)
"""
"""Appended to a tool's source, so that one trip into the sandbox goes from question to answer."""

ABSTAINING_DRIVER = f"""

def {ANSWER_FUNCTION}(question):
    return None
"""
"""Appended to a paper tool's source: it cannot read questions by itself, so it leaves them all to its tool user."""


class ToolKind(StrEnum):
    """How a tool is used: compiled tools parse questions themselves, paper tools are called by a tool user's code."""

    COMPILED = "compiled"
    PAPER = "paper"


class ToolStatus(StrEnum):
    """Whether a tool answers questions."""

    SERVING = "serving"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A verified question with the arguments that `parse` produced for it: what the tool user learns from."""

    question: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Tool:
    """One version of the program for a task; it never changes: a repair is a new version.

    Attributes:
        source: a Python module with `parse`, `solve` and `answer` (compiled), or one function (paper).
        task: the task it was made for.
        version: counts from 1 within the task.
        demonstrations: from the verified examples.
        kind: compiled or paper.
        status: serving or retired.
    """

    source: str
    task: str
    version: int = 1
    demonstrations: tuple[Demonstration, ...] = field(default=())
    kind: ToolKind = ToolKind.COMPILED
    status: ToolStatus = ToolStatus.SERVING

    @cached_property
    def id(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of the source."""
        return hashlib.sha256(self.source.encode()).hexdigest()[:16]

    @cached_property
    def program(self) -> str:
        """What the sandbox loads."""
        if self.kind is ToolKind.PAPER:
            return self.source.rstrip("\n") + "\n" + ABSTAINING_DRIVER
        return program_of(self.source)

    @property
    def summary(self) -> str:
        """What the tool is for, in its maker's words: the first line of the module's docstring; empty without one."""
        return (ast.get_docstring(ast.parse(self.source)) or "").partition("\n")[0]


def program_of(source: str) -> str:
    """A compiled tool's source with the driver that leads from question to answer."""
    return source.rstrip("\n") + "\n" + DRIVER
