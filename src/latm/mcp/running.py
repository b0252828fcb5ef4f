"""Calls into tools on a client's behalf: always in the sandbox, arguments and results checked against the schemas."""

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator

from latm.errors import InputError, LatmError
from latm.mcp.catalogue import Entry
from latm.mcp.schemas import Schema, function_of
from latm.sandbox import Result, Sandbox, Verdict
from latm.tool import ANSWER_FUNCTION

_CALL = "latm_call"
_LONGEST = 500


class ToolFailedError(LatmError):
    """A tool did not come to a result that can be handed on."""


async def run_arguments(sandbox: Sandbox, entry: Entry, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What the tool's function makes of arguments: an object with `result`.

    Raises:
        InputError: they do not fit the signature.
        ToolFailedError: it failed, or its result is not what it is annotated with.
        SandboxError: the machine failed.
    """
    check_arguments(arguments, entry.takes, entry.name)
    work = function_of(entry.version).name
    driver = f"\n\ndef {_CALL}(arguments):\n    return {{'result': {work}(**arguments)}}\n"
    result = await sandbox.call(entry.version.program.code + driver, _CALL, dict(arguments))
    _demand_ok(entry, result)
    given: Any = result.value
    if problem := _problem(given, entry.gives):
        raise ToolFailedError(f"The tool {entry.name} gave what it is not annotated with: {problem}.")
    return dict(given)


async def run_question(sandbox: Sandbox, entry: Entry, question: str) -> dict[str, Any]:
    """What the tool answers to a question: an object with `answer`.

    Raises:
        ToolFailedError: it abstained or failed.
        SandboxError: the machine failed.
    """
    result = await sandbox.call(entry.version.program.code, ANSWER_FUNCTION, question)
    if result.verdict is Verdict.ABSTAINED:
        raise ToolFailedError(f"The tool {entry.name} does not take this question as one of its kind.")
    _demand_ok(entry, result)
    return {"answer": result.text}


def check_arguments(arguments: Mapping[str, Any], schema: Schema, name: str) -> None:
    """Refuse what does not fit.

    Raises:
        InputError: they do not fit.
    """
    if problem := _problem(dict(arguments), schema):
        raise InputError(f"The arguments do not fit {name}: {problem}.")


def _problem(value: Any, schema: Schema) -> str:
    """What does not fit, in words; empty if nothing."""
    error = next(Draft202012Validator(schema).iter_errors(value), None)
    if error is None:
        return ""
    where = "".join(f"[{part!r}]" for part in error.absolute_path)
    return f"{error.message[:_LONGEST]}{where and f' at {where}'}"


def _demand_ok(entry: Entry, result: Result) -> None:
    if result.verdict is not Verdict.OK:
        failed = f"The tool {entry.name} failed ({result.verdict}): {result.detail[:_LONGEST]}"
        raise ToolFailedError(failed.rstrip())
