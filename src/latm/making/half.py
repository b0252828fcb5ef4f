"""Half tools in the making: what a light model reads for them, and the parser of those that leave everything to it."""

import asyncio
import json
import re
from collections.abc import Sequence

from latm.answering.reader import Read, Reader
from latm.kinds import TEXT
from latm.kinds.template import HOLE
from latm.ledger import Usage
from latm.models.port import Completion, Model, Request
from latm.models.wrapper import Wrapper
from latm.sandbox.protocol import Isolation, Result, Sandbox, Verdict
from latm.tool import FINISH_FUNCTION, TRACE_FUNCTION, Program

_LONGEST_VALUE = 200
_PARSER = re.compile(r"^def parse\b", re.MULTILINE)
_HOLES = re.compile(f"((?:{re.escape(HOLE)}|{re.escape(TEXT)})+)")
_LOCK = """

_FIXED = {fixed!r}
_LIMITS = {limits!r}


def parse(question):
    \"\"\"Accounts for the fixed text; a light model reads the rest.\"\"\"
    first, *within, last = _FIXED
    rest = question.strip()
    if len(rest) < len(first + last) or not (rest.startswith(first) and rest.endswith(last)):
        return None
    holes, rest = [], rest[len(first) : len(rest) - len(last)]
    for text in within:
        hole, found, rest = rest.partition(text)
        if not found:
            return None
        holes.append(hole)
    are_whole = all(hole.strip() and len(hole) <= limit for hole, limit in zip([*holes, rest], _LIMITS))
    return {{}} if are_whole else None
"""


def with_parser(source: str, frame: str, longest: int) -> str:
    """A module; one without `parse` gets one that reads nothing but checks the fixed text, so that no model has to.

    Args:
        source: the maker's module.
        frame: a question as fixed text, `{…}` for values and `{text}` for free text.
        longest: characters of free text that are taken, so that nobody pays for the reading of a book.
    """
    if _PARSER.search(source):
        return source
    pieces = _HOLES.split(frame)
    limits = [_LONGEST_VALUE if hole == HOLE else longest for hole in pieces[1::2]]
    return source.rstrip() + "\n" + _LOCK.format(fixed=pieces[::2], limits=limits)


class Readings:
    """What a light model reads for the half tools of one making; equal requests are asked once.

    Args:
        model: the tool user's.
        sandbox: where the tools run.
    """

    def __init__(self, model: Model, sandbox: Sandbox) -> None:
        self._model = _Once(model)
        self._reader = Reader(self._model, sandbox)
        self._sandbox = sandbox

    @property
    def usage(self) -> Usage:
        """What was spent on them."""
        return self._model.usage

    async def ask(self, program: Program, function: str, questions: Sequence[str]) -> list[Result]:
        """What a half tool makes of questions, as the function of a compiled one would give it.

        Raises:
            ModelError: the light model could not answer.
            SandboxError: the machine failed.
        """
        reads = await self._reader.read(program, questions)
        complete = [(at, read.arguments) for at, read in enumerate(reads) if read.arguments is not None]
        items = [(arguments, questions[at]) for at, arguments in complete]
        done = await self._sandbox.batch(program.code, FINISH_FUNCTION, items, isolation=Isolation.BATCH)
        finished = dict(zip((at for at, _ in complete), done, strict=True))
        return [_result(read, finished.get(at), function) for at, read in enumerate(reads)]


class _Once(Wrapper):
    """Asks each request once, also if several wait for it."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self.usage = Usage()
        self._asked: dict[str, asyncio.Task[Completion]] = {}

    async def complete(self, request: Request) -> Completion:
        """The completion, had before or asked for now."""
        if request.key not in self._asked:
            self._asked[request.key] = asyncio.create_task(self._paid(request))
        return await self._asked[request.key]

    async def _paid(self, request: Request) -> Completion:
        completion = await super().complete(request)
        self.usage += completion.usage
        return completion


def _result(read: Read, finished: Result | None, function: str) -> Result:
    if finished is None:
        return Result(Verdict.ABSTAINED, detail=read.evidence)
    if finished.verdict is not Verdict.OK or function != TRACE_FUNCTION:
        return finished
    return Result(Verdict.OK, json=json.dumps({"arguments": read.arguments, "answer": finished.value}))
