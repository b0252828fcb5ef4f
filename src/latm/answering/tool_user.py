"""The tool user: a light model fills in the arguments when the tool's own parser abstains."""

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from latm.ledger import Usage
from latm.models import Message, Model, Request
from latm.prompting import render
from latm.sandbox.protocol import Sandbox, Verdict
from latm.tool import FINISH_FUNCTION, ToolVersion

_OBJECT = re.compile(r"\{.*\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Used:
    """The tool user's result for a question.

    Attributes:
        text: the answer; None if the model declined, or if its arguments do not fit or do not work.
        usage: what the call spent.
        evidence: the reason, in one sentence.
        missing: arguments that nobody could read, if the caller allows partial answers and this is one.
    """

    text: str | None
    usage: Usage
    evidence: str
    missing: tuple[str, ...] = ()


class ToolUser:
    """Learns from a tool's demonstrations to give its arguments as JSON, never as code.

    Args:
        model: a light model is enough.
        sandbox: where `solve` and `answer` run.
        demonstrations: how many to show.
    """

    def __init__(self, model: Model, sandbox: Sandbox, *, demonstrations: int = 6) -> None:
        self._model = model
        self._sandbox = sandbox
        self._demonstrations = demonstrations

    async def answer(self, question: str, tool: ToolVersion) -> Used:
        """Answer with the tool, on arguments that the model reads from the question.

        Raises:
            ModelError: the model could not answer.
        """
        shown = "\n\n".join(
            f"Request:\n{demonstration.question}\nArguments: {json.dumps(demonstration.arguments, ensure_ascii=False)}"
            for demonstration in tool.demonstrations[: self._demonstrations]
        )
        signature = signature_of(tool.source)
        prompt = render("latm.answering", "tool_user", demonstrations=shown, signature=signature, question=question)
        request = Request([Message("user", prompt)], purpose="tool-user", temperature=0.0)
        completion = await self._model.complete(request)
        arguments = read_arguments(completion.text)
        if arguments is None:
            return Used(None, completion.usage, "the tool user found that the tool does not fit")
        if problem := misfit(arguments, tool):
            return Used(None, completion.usage, f"the tool user's arguments do not fit: {problem}")
        result = await self._sandbox.call(tool.program.code, FINISH_FUNCTION, arguments, question)
        if result.verdict is not Verdict.OK or result.text is None:
            return Used(None, completion.usage, f"the tool failed on the tool user's arguments: {result.verdict}")
        evidence = f"tool {tool.id} on the tool user's arguments {json.dumps(arguments, ensure_ascii=False)}"
        return Used(result.text, completion.usage, evidence)


def read_arguments(completion: str) -> dict[str, Any] | None:
    """The JSON object in a completion; None without one."""
    found = _OBJECT.search(completion)
    if found is None:
        return None
    try:
        value = json.loads(found.group())
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _solve(source: str) -> ast.FunctionDef:
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return next(node for node in functions if node.name == "solve")


def signature_of(source: str) -> str:
    """The signature of a tool's `solve`, as its author wrote it."""
    return f"solve({ast.unparse(_solve(source).args)})"


def misfit(arguments: Mapping[str, Any], tool: ToolVersion) -> str:
    """Why the arguments do not fit `solve`, by their names and the types in the demonstrations; empty if they fit."""
    head = _solve(tool.source).args
    defaults = [*[None] * (len(head.args) - len(head.defaults)), *head.defaults, *head.kw_defaults]
    required = {
        parameter.arg: default is None
        for parameter, default in zip((*head.args, *head.kwonlyargs), defaults, strict=True)
    }
    if head.kwarg is None and (unknown := sorted(arguments.keys() - required.keys())):
        return f"solve has no argument {', '.join(unknown)}"
    if missing := [name for name, needed in required.items() if needed and name not in arguments]:
        return f"{', '.join(missing)} missing"
    for name, value in arguments.items():
        kinds = {type(shown.arguments[name]) for shown in tool.demonstrations if name in shown.arguments}
        if kinds and type(value) not in kinds:
            return f"{name} is {type(value).__name__}, not {' or '.join(sorted(kind.__name__ for kind in kinds))}"
    return ""
