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
READ_FUNCTION = "latm_read"
SCHEMA = "ARGUMENTS"

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

HALF_DRIVER = f"""

def {READ_FUNCTION}(question):
    return parse(question)


def {ANSWER_FUNCTION}(question):
    arguments = parse(question)
    is_whole = arguments is not None and {SCHEMA}["properties"].keys() <= arguments.keys()
    return {FINISH_FUNCTION}(arguments, question) if is_whole else None


def {FINISH_FUNCTION}(arguments, question):
    value = solve(**arguments)
    return None if value is None else answer(value, question)
"""
"""Appended to a half tool's source: it answers by itself only if its parser leaves no argument open."""

ABSTAINING_DRIVER = f"""

def {ANSWER_FUNCTION}(question):
    return None
"""
"""Appended to a paper tool's source: it cannot read questions by itself, so it leaves them all to its tool user."""


class ToolKind(StrEnum):
    """How a tool is used.

    Compiled tools parse questions themselves, half tools leave arguments to the tool user, and paper tools are called
    by code that the tool user writes.
    """

    COMPILED = "compiled"
    HALF = "half"
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
        source: a Python module with `parse`, `solve` and `answer` (compiled; half: and `ARGUMENTS`), or one function
            (paper).
        kind: compiled, half or paper.
    """

    source: str
    kind: ToolKind = ToolKind.COMPILED

    @classmethod
    def of(cls, source: str) -> "Program":
        """A compiled or half tool, as the source says: a half one declares the schema of its arguments."""
        return cls(source, ToolKind.HALF if declared_schema(source) else ToolKind.COMPILED)

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """The JSON Schema of a half tool's arguments; empty if there is none."""
        return declared_schema(self.source)

    @cached_property
    def id(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of the source."""
        return hashlib.sha256(self.source.encode(errors="surrogatepass")).hexdigest()[:16]

    @cached_property
    def code(self) -> str:
        """What the sandbox loads: the source with the driver that leads from question to answer."""
        return self.source.rstrip("\n") + "\n" + _DRIVERS[self.kind]

    @property
    def summary(self) -> str:
        """What it is for, in its maker's words: the first line of the module's docstring; empty without one."""
        return (ast.get_docstring(ast.parse(self.source)) or "").partition("\n")[0]


_DRIVERS = {ToolKind.COMPILED: DRIVER, ToolKind.HALF: HALF_DRIVER, ToolKind.PAPER: ABSTAINING_DRIVER}


def declared_schema(source: str) -> Mapping[str, Any]:
    """What a module's `ARGUMENTS` says, if it is written out as a JSON Schema of an object; else empty."""
    if SCHEMA not in source:
        return {}
    try:
        body = ast.parse(source).body
        written = [
            one.value
            for one in body
            if isinstance(one, ast.Assign) and [ast.unparse(name) for name in one.targets] == [SCHEMA]
        ]
        schema = ast.literal_eval(written[-1]) if written else {}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    fields = schema.get("properties") if isinstance(schema, dict) else None
    is_schema = isinstance(fields, dict) and fields and all(isinstance(one, dict) for one in fields.values())
    return schema if is_schema else {}


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A verified question with the arguments that `parse` produced for it: what the tool user learns from."""

    question: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verification:
    """What a version was checked against before it served.

    Attributes:
        answered: standing examples that it answered as their labels say.
        held_out: how many of those its maker had not been shown.
        abstained: standing examples that it left to the model; the next version's work.
        rewritten: of those answered, how many have the label's content, written differently.
        foreign: questions of other tasks that it was checked against.
        folds: whether no answer rests on typography, so that a question that it refuses may be tried with it folded.
        frame: a question as fixed text, `{…}` for values and `{text}` for free text, which the tool searches; empty
            if it accounts for every word.
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
        verification: what it was checked against.
        status: the fold of its events.
        pinned: whether a person keeps it: while it serves, no newer version takes its place.
        error: what share of its answers is wrong at most, as far as audits have shown; 1 if nothing is known.
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
