"""Wrapping: a verified source gets the demonstrations that the tool user learns from."""

from collections.abc import Sequence

from latm.sandbox.protocol import Result, Verdict
from latm.task import Example
from latm.tool import Demonstration


def demonstrations(examples: Sequence[Example], traces: Sequence[Result]) -> tuple[Demonstration, ...]:
    """The calls that a tool makes of the verified examples, from its traces of them."""
    values = [trace.value if trace.verdict is Verdict.OK else None for trace in traces]
    return tuple(
        Demonstration(example.question, value["arguments"])
        for example, value in zip(examples, values, strict=True)
        if isinstance(value, dict)
    )
