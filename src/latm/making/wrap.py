"""Wrapping: a verified source becomes a tool, with the demonstrations that the tool user learns from."""

from collections.abc import Sequence

from latm.making.labels import agree
from latm.sandbox.protocol import Sandbox, Verdict
from latm.task import Example
from latm.tool import ANSWER_FUNCTION, TRACE_FUNCTION, Demonstration, Tool, program_of


async def wrap(sandbox: Sandbox, source: str, task: str, examples: Sequence[Example]) -> Tool:
    """The tool, demonstrated by the calls that its own `parse` makes of the verified examples."""
    questions = [(example.question,) for example in examples]
    traces = await sandbox.batch(program_of(source), TRACE_FUNCTION, questions)
    demonstrations = tuple(
        Demonstration(example.question, trace.value["arguments"])
        for example, trace in zip(examples, traces, strict=True)
        if trace.verdict is Verdict.OK and isinstance(trace.value, dict)
    )
    return Tool(source, task, demonstrations=demonstrations)


async def answers_all(sandbox: Sandbox, tool: Tool, examples: Sequence[Example]) -> bool:
    """Whether a tool already answers every example of another task."""
    questions = [(example.question,) for example in examples]
    results = await sandbox.batch(tool.program, ANSWER_FUNCTION, questions)
    return all(
        result.verdict is Verdict.OK and agree(str(result.value), example.answer)
        for example, result in zip(examples, results, strict=True)
    )
