# mypy: ignore-errors
"""Write a tool cache of schema `latm_0002` that the test of the migration starts from.

Run it with a latm of that schema: `python write_0002.py latm_0002.db`. The file beside it is what it wrote.
"""

import sys

from latm.answer import Answer, Route
from latm.ledger import Usage
from latm.provenance import Making, Outcome
from latm.question import Scope
from latm.store import ToolCache
from latm.store.cache import Batch
from latm.task import Example, Record
from latm.tool import Demonstration, Program

MODEL = "test:strong"
SCOPE = Scope("acme", "Answer in one word.")


def main(path: str) -> None:
    """One served task in a scope, one that collects outside it, and an answer in each."""
    with ToolCache.open(f"sqlite:///{path}") as cache:
        cache.add_examples("sorting", [Example(f"Sort {n}", f"{n}", MODEL, SCOPE) for n in range(6)])
        cache.add_examples("collecting", [Example("Collect 1", "1", MODEL)])
        program = Program("# sorts\n")
        making = Making("sorting", Outcome.MADE, "made", program.id, "test:maker", usage=Usage(3, 1000, 200))
        cache.record_making(making, program, demonstrations=(Demonstration("Sort 1", {"words": ["b", "a"]}),))
        cache.record(
            Batch(
                [
                    Answer("Sort 1", "1", Route.TOOL, "sorting", program.id, scope=SCOPE, id="7"),
                    Answer("Collect 1", "1", Route.DIRECT, "collecting", None, Usage(1, 10, 10)),
                ],
                came={"collecting": Record(1, 1, 20)},
            )
        )


main(*sys.argv[1:])
