"""Half tools: a light model reads the arguments that a tool's parser leaves open, and the tool does the rest."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from latm.answering.tool_user import Used, read_arguments
from latm.form.structured import follows, read_json
from latm.ledger import Usage
from latm.models import Message, Model, Request
from latm.prompting import render
from latm.sandbox.protocol import Sandbox, Verdict
from latm.tool import FINISH_FUNCTION, READ_FUNCTION, Program, ToolVersion


@dataclass(frozen=True, slots=True)
class Read:
    """The arguments that were read from one question.

    Attributes:
        arguments: all arguments; None if some could not be read.
        evidence: how they were read, in one sentence.
        usage: what the model call used.
        sure: the arguments that the tool's own parser read; None if it refuses the question.
    """

    arguments: Mapping[str, Any] | None
    evidence: str
    usage: Usage = Usage()
    sure: Mapping[str, Any] | None = None


class Reader:
    """Asks a light model for arguments as JSON, by the schema that a half tool declares.

    Args:
        model: the tool user's model.
        sandbox: where the tool runs.
        partial: whether arguments that nobody could read may be None, so that the answer is partial.
    """

    def __init__(self, model: Model, sandbox: Sandbox, *, partial: bool = False) -> None:
        self._model = model
        self._sandbox = sandbox
        self._partial = partial

    async def answer(self, question: str, tool: ToolVersion) -> Used:
        """Answer with a half tool.

        Raises:
            ModelError: the model could not answer.
            SandboxError: the machine failed.
        """
        [read] = await self.read(tool.program, [question])
        arguments, missing = read.arguments, ()
        if arguments is None and self._partial and read.sure:
            arguments = dict.fromkeys(tool.program.schema["properties"]) | dict(read.sure)
            missing = tuple(name for name in arguments if name not in read.sure)
        if arguments is None:
            return Used(None, read.usage, read.evidence)
        result = await self._sandbox.call(tool.program.code, FINISH_FUNCTION, arguments, question)
        if result.verdict is not Verdict.OK or result.text is None:
            return Used(None, read.usage, f"the tool failed on the arguments that were read: {result.verdict}")
        part = f"; a part of an answer, without {', '.join(missing)}" if missing else ""
        return Used(result.text, read.usage, f"tool {tool.id}: {read.evidence}{part}", missing)

    async def read(self, program: Program, questions: Sequence[str]) -> list[Read]:
        """The arguments of each question: those that the tool's parser is sure of, and the rest as the model reads it.

        Raises:
            ModelError: the model could not answer.
            SandboxError: the machine failed.
        """
        found = await self._sandbox.batch(program.code, READ_FUNCTION, [(question,) for question in questions])
        parsed = [result.value if result.verdict is Verdict.OK else None for result in found]
        reading = (self._completed(program, *one) for one in zip(questions, parsed, strict=True))
        # If one fails, we still wait for the others, so that their cost is recorded.
        done = await asyncio.gather(*reading, return_exceptions=True)
        if failed := [one for one in done if isinstance(one, BaseException)]:
            raise failed[0]
        return [one for one in done if isinstance(one, Read)]

    async def _completed(self, program: Program, question: str, sure: Any) -> Read:
        """The rest of the arguments, from the model."""
        if not isinstance(sure, dict):
            return Read(None, "the tool's parser refuses the request")
        left = {name: one for name, one in program.schema["properties"].items() if name not in sure}
        if not left:
            return Read(sure, "its parser read all arguments", sure=sure)
        schema = json.dumps({"type": "object", "properties": left, "required": list(left)}, ensure_ascii=False)
        prompt = render("latm.answering", "reader", schema=schema, question=question.strip())
        asked = Request([Message("user", prompt)], purpose="tool-user", temperature=0.0)
        completion = await self._model.complete(asked)
        given = read_arguments(completion.text)
        if given is None:
            return Read(None, "the tool user found that the tool does not fit", completion.usage, sure)
        if given.keys() != left.keys() or not _follow({**sure, **given}, program.schema):
            return Read(None, "the tool user's arguments do not follow the tool's schema", completion.usage, sure)
        told = f"the tool user read {json.dumps(given, ensure_ascii=False)}"
        told += f", its parser {', '.join(sure)}" if sure else ""
        return Read({**sure, **given}, told, completion.usage, sure)


def _follow(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    try:
        return follows(read_json(json.dumps(arguments)), schema)
    except ValueError:
        return False  # NaN, or nested too deep
