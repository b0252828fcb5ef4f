# mypy: ignore-errors
"""Write the tool cache of latm 0.1.0 (schema `latm_0001`) that the test of the migration starts from.

Run it with that release, whose names are not today's: `python write_0001.py latm_0001.db`. The file beside it is
what it wrote.
"""

import sys
from decimal import Decimal

from latm.answer import Answer, Route
from latm.ledger import Usage
from latm.models.port import Completion
from latm.provenance import Attempt, Making, Outcome
from latm.store import ToolCache
from latm.task import Example
from latm.tool import Demonstration, Tool, ToolKind

MODEL = "test:strong"
SHARED = "def solve(words):\n    return ' '.join(sorted(words))\n"


def make(cache: ToolCache, task: str, source: str, outcome: Outcome = Outcome.MADE, **options: object) -> Tool:
    """A making that led to a tool."""
    tool = Tool(source, task, **options)
    making = Making(
        *(task, outcome, f"{outcome} for {task}", tool.id, "test:maker"),
        attempts=(Attempt("propose", "write", "words\0", "held-out", "1 of 3"), Attempt("propose", "again", source)),
        caught={"held-out": 1},
        notes=("a label was dropped",),
        usage=Usage(3, 1000, 200, Decimal("0.0123")),
        started_at="2026-01-02T03:04:05Z",
        seconds=12.5,
        version="0.1.0",
    )
    return cache.record_making(making, tool)


def write_served(cache: ToolCache) -> None:
    """Tasks with a tool: two versions, a shared source, retired ones."""
    cache.add_examples("sorting", [Example(f"Sort {n}", f"{n}", MODEL) for n in range(6)])
    cache.add_examples("sorting", [Example("Sort gold", "gold"), Example("odd \ud800\0", "\x1aanswer", MODEL)])
    cache.drop_example("sorting", "Sort 3", "two fresh answers said otherwise")
    shown = (Demonstration("Sort 1", {"words": ("b", "a"), "limit": Decimal("1.5")}),)
    make(cache, "sorting", "# first\n" + SHARED)
    make(cache, "sorting", SHARED, demonstrations=shown)
    cache.add_examples("ordering", [Example("Order b a", "a b", MODEL)])
    make(cache, "ordering", SHARED, Outcome.REUSED)
    cache.add_examples("paper", [Example("Paper 1", "1")])
    make(cache, "paper", "def solve(x):\n    return x\n", kind=ToolKind.PAPER)
    cache.add_examples("retired", [Example("Retired 1", "1", MODEL)])
    cache.retire(make(cache, "retired", "# retired\n").id)
    make(cache, "back", "# back one\n")
    cache.retire(make(cache, "back", "# back two\n").id)


def write_unserved(cache: ToolCache) -> None:
    """Tasks without a tool."""
    cache.add_examples("collecting", [Example("Collect 1", "1", MODEL), Example("Collect 2", "2", MODEL)])
    for task, outcome in (("jokes", Outcome.UNTOOLABLE), ("hard", Outcome.FAILED)):
        cache.add_examples(task, [Example(f"{task} {n}", "a", MODEL) for n in range(4)])
        cache.record_making(Making(task, outcome, f"{task} is {outcome}", None, "test:maker"), None)


def write_answers(cache: ToolCache) -> None:
    """Answers by every route, of known and unknown tasks, with and without a known price."""
    tool = cache.tool("sorting").id
    priced = Usage(1, 100, 20, Decimal("0.00042"))
    cache.record_answers(
        [
            *(
                Answer(f"Sort {n}", f"{n}", Route.DIRECT, "sorting", None, priced, 0.5, "no tool", f"{n}")
                for n in range(9)
            ),
            Answer("Sort b a", "a b", Route.TOOL, "sorting", tool, Usage(), 0.001, "one parser accepted"),
            Answer("Why?", "", Route.FAILED, None, None, Usage(1, 5, 0, None), 1.0, "the model was away"),
            Answer("odd \udfff", "\0", Route.DIRECT, "jokes", None, Usage(1, 10, 10, None), 0.25),
            Answer("Collect 1", "1", Route.DIRECT, "collecting", None, priced, 0.5),
        ]
    )


def write_unfinished(cache: ToolCache) -> None:
    """A making that a kill interrupted."""
    cache.claim_making("collecting", "dead", 1.0)
    cache.journal("collecting").put("key", 0, Completion("paid", "test:maker", Usage(1, 10, 20, Decimal("0.001")), 1.5))


def main(path: str) -> None:
    """Write all of it to a new file."""
    with ToolCache.open(f"sqlite:///{path}") as cache:
        write_served(cache)
        write_unserved(cache)
        write_answers(cache)
        write_unfinished(cache)


main(*sys.argv[1:])
