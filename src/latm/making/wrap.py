"""Wrapping: a verified source gets the demonstrations that the tool user learns from."""

from collections.abc import Sequence

from latm.sandbox.protocol import Sandbox, Verdict
from latm.task import Example
from latm.tool import TRACE_FUNCTION, Demonstration, Program


async def demonstrations(sandbox: Sandbox, program: Program, examples: Sequence[Example]) -> tuple[Demonstration, ...]:
    """The calls that a tool's own `parse` makes of the verified examples."""
    traces = await sandbox.batch(program.code, TRACE_FUNCTION, [(example.question,) for example in examples])
    values = [trace.value if trace.verdict is Verdict.OK else None for trace in traces]
    return tuple(
        Demonstration(example.question, value["arguments"])
        for example, value in zip(examples, values, strict=True)
        if isinstance(value, dict)
    )
