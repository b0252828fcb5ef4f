"""Wrapping: a verified source gets the demonstrations that the tool user learns from."""

from collections.abc import Sequence

from latm.sandbox.protocol import Sandbox, Verdict
from latm.task import Example
from latm.tool import TRACE_FUNCTION, Demonstration, Program


async def demonstrations(sandbox: Sandbox, program: Program, examples: Sequence[Example]) -> tuple[Demonstration, ...]:
    """The calls that a tool's own `parse` makes of the verified examples."""
    traces = await sandbox.batch(program.code, TRACE_FUNCTION, [(example.question,) for example in examples])
    return tuple(
        Demonstration(example.question, trace.value["arguments"])
        for example, trace in zip(examples, traces, strict=True)
        if trace.verdict is Verdict.OK and isinstance(trace.value, dict)
    )
