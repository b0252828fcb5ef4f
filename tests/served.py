"""Stores with tools in them, as the tests of what leaves latm want them."""

from collections.abc import Sequence
from pathlib import Path

from latm.provenance import Making, Outcome
from latm.store import ToolCache
from latm.task import Example
from latm.tool import Demonstration, Program
from toy import SUM_TOOL, sum_question

SUMS = SUM_TOOL.removeprefix("```python\n").removesuffix("```").replace("def solve(a, b):", "def solve(a, b) -> int:")
SUM_EXAMPLES = [Example(sum_question(n, n + 2), str(2 * n + 2)) for n in range(6)]
SUM_DEMONSTRATIONS = tuple(Demonstration(sum_question(n, n + 2), {"a": n, "b": n + 2}) for n in range(6))


def url_of(folder: Path) -> str:
    """The store in a folder."""
    return f"sqlite:///{folder / 'latm.db'}"


def promote(
    store: str,
    task: str,
    source: str = SUMS,
    examples: Sequence[Example] = SUM_EXAMPLES,
    demonstrations: tuple[Demonstration, ...] = SUM_DEMONSTRATIONS,
) -> str:
    """Let a tool serve a task; its id."""
    program = Program(source)
    with ToolCache.open(store) as cache:
        cache.add_examples(task, examples)
        making = Making(task, Outcome.MADE, "for a test", program.id, "toy")
        cache.record_making(making, program, demonstrations=demonstrations)
    return program.id
