"""A store with many generated tasks, each with its tool, for benchmarks of what a question costs."""

from collections.abc import Sequence
from typing import Any

from generated_tasks import GeneratedTask

from latm.provenance import Making, Outcome
from latm.store import Batch, ToolCache
from latm.task import Example
from latm.tool import Program, Verification

_AT_ONCE = 500


def bare(source: str) -> Any:
    """A tool's way from question to answer, in this process: these sources are the benchmark's own."""
    names: dict[str, Any] = {}
    exec(compile(Program(source).code, "tool", "exec"), names)  # noqa: S102  # our own text
    return names["latm_answer"]


def add_tool(cache: ToolCache, task: GeneratedTask) -> None:
    """Let a task be served by its tool."""
    program = Program(task.source)
    making = Making(task.name, Outcome.MADE, "generated", program.id, "none")
    cache.record_making(making, program, verification=Verification(len(task.examples), len(task.examples)))


def examples_of(task: GeneratedTask) -> list[tuple[str, Example]]:
    """A task's questions with the answers that its tool gives."""
    answer = bare(task.source)
    return [(task.name, Example(question, str(answer(question)))) for question in task.examples]


def fill(store: str, tasks: Sequence[GeneratedTask]) -> None:
    """A new store with all of these tasks and tools."""
    with ToolCache.open(store) as cache:
        for start in range(0, len(tasks), _AT_ONCE):
            some = tasks[start : start + _AT_ONCE]
            cache.record(Batch(examples=[example for task in some for example in examples_of(task)]))
        for task in tasks:
            add_tool(cache, task)
