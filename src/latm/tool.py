"""Tools: programs by their source, and the versions of them that tasks have."""

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
    """Whether a version of a tool answers questions."""

    CANDIDATE = "candidate"
    SHADOW = "shadow"
    SERVING = "serving"
    SUSPENDED = "suspended"
    RETIRED = "retired"


@dataclass(frozen=True)
class Program:
    """Code that may serve several tasks; nothing but its source and how it is used.

    Attributes:
        source: a Python module with `parse`, `solve` and `answer` (compiled), or one function (paper).
        kind: compiled or paper.
    """

    source: str
    kind: ToolKind = ToolKind.COMPILED

    @cached_property
    def id(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of the source."""
        return hashlib.sha256(self.source.encode(errors="surrogatepass")).hexdigest()[:16]

    @cached_property
    def code(self) -> str:
        """What the sandbox loads: the source with the driver that leads from question to answer."""
        driver = ABSTAINING_DRIVER if self.kind is ToolKind.PAPER else DRIVER
        return self.source.rstrip("\n") + "\n" + driver

    @property
    def summary(self) -> str:
        """What it is for, in its maker's words: the first line of the module's docstring; empty without one."""
        return (ast.get_docstring(ast.parse(self.source)) or "").partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A verified question with the arguments that `parse` produced for it: what the tool user learns from."""

    question: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verification:
    """What a version was held against before it served.

    Attributes:
        answered: standing examples that it answered as their labels say.
        held_out: how many of those its maker had not been shown.
        abstained: standing examples that it left to the model; the next version's work.
        rewritten: of those answered, how many have the label's content, written differently.
        foreign: questions of other tasks that it was held against.
        folds: whether no answer rests on typography, so that a question that it refuses may be tried with it folded.
        frame: a question as fixed text, `{…}` for values and `{text}` for free text, which the tool searches; empty
            where it accounts for every word.
    """

    answered: int = 0
    held_out: int = 0
    abstained: int = 0
    rewritten: int = 0
    foreign: int = 0
    folds: bool = False
    frame: str = ""

    @property
    def searches(self) -> bool:
        """Whether the tool searches free text."""
        return bool(self.frame)


@dataclass(frozen=True, slots=True)
class ToolVersion:
    """One version of the tool of a task; it never changes: a repair is a new version.

    Attributes:
        task: the task it was made for.
        program: what runs.
        number: counts from 1 within the task; 0 before it is stored.
        demonstrations: from the verified examples.
        verification: what it was held against.
        status: the fold of its events.
        pinned: whether a person keeps it: while it serves, no newer version takes its place.
        error: what share of its answers is wrong at most, as far as audits have shown; 1 where nothing is known.
        second: another program, made from other examples; only what both agree on is answered. None: one decides.
    """

    task: str
    program: Program
    number: int = 0
    demonstrations: tuple[Demonstration, ...] = field(default=())
    verification: Verification = Verification()
    status: ToolStatus = ToolStatus.CANDIDATE
    pinned: bool = False
    error: float = 1.0
    second: Program | None = None

    @property
    def programs(self) -> tuple[Program, ...]:
        """All that it asks."""
        return (self.program,) if self.second is None else (self.program, self.second)

    @property
    def id(self) -> str:
        """The program's: several tasks may share one."""
        return self.program.id

    @property
    def source(self) -> str:
        """The program's."""
        return self.program.source

    @property
    def kind(self) -> ToolKind:
        """The program's."""
        return self.program.kind
