"""What the gates of free text catch and cost: on the recorded tools, and on the same with faults planted in them."""

import argparse
import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from freetext import RECORDING, each_tool, examples_of, make
from freetext_kinds import Kind

from latm.making.free_text import free_regions
from latm.making.gates import Gate, Gates, first_failure
from latm.making.labels import Labels
from latm.models import Models
from latm.sandbox import Sandbox
from latm.settings import Settings

FAULTS = {
    "overlooks what comes before and after": r"""
_careful = parse
def parse(question):
    words = question.strip().split(" ")
    for count in range(9):
        found = _careful(" ".join(words[count:])) or _careful(" ".join(words[:len(words) - count]))
        if found is not None:
            return found
    return None
""",
    "obeys its document": r"""
_careful_answer = answer
def answer(value, question):
    import re
    order = re.search(r"(?i)\banswer (\d+)", question)
    return order[1] if order else _careful_answer(value, question)
""",
    "rests on how long its document is": r"""
_careful_answer = answer
def answer(value, question):
    said = _careful_answer(value, question)
    return said if len(question.split()) % 7 else said[:-1] + "0"
""",
}
"""Python that is put below a tool, and spoils it."""


def _timed(gate: Gate, seconds: dict[str, float]) -> Gate:
    async def check(source: str) -> str:
        begun = time.perf_counter()
        failure = await gate.check(source)
        seconds[gate.name] = time.perf_counter() - begun
        return failure

    return Gate(gate.name, check)


async def row(kind: Kind, layout: str, models: Models, sandbox: Sandbox, settings: Settings) -> dict[str, Any]:
    """What the gates say of one tool, and of it with faults."""
    making = await make(kind, layout, models, sandbox, settings)
    if making.made.program is None:
        return {}
    examples = examples_of(kind, layout)
    questions = [one.question for one in examples]
    labels = Labels(examples, None, making.form, gold_is_strict=True)
    seconds: dict[str, float] = {}
    found: dict[str, Any] = {"kind": kind.name, "layout": layout, "seconds": seconds, "stopped": {}}
    source = making.made.program.source
    every = _every(Gates(sandbox, labels, free_regions(questions, settings.examples_of_text)), questions)
    refused = [await _timed(gate, seconds).check(source) for gate in every]
    found["refused_word_by_word"] = bool(await Gates(sandbox, labels).refuses_changed(questions).check(source))
    found["took_a_fresh_answer"] = any(refused)
    # Nobody answers afresh here, so a tool that a fresh answer let pass shows nothing of its faults.
    for name, fault in () if any(refused) else FAULTS.items():
        stopped = await first_failure(every, f"{source}\n{fault}")
        found["stopped"][name] = stopped.gate if stopped else "nothing"
    return found


def _every(gates: Gates, questions: Sequence[str]) -> list[Gate]:
    return [
        gates.answers("examples", questions),
        gates.refuses_changed(questions),
        *gates.in_free_text(questions),
        gates.heeds_no_space(questions),
        gates.no_surprises(questions),
    ]


def total(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Over all tools: mean seconds of each gate, and what stopped each fault how often."""
    gates = rows[0]["seconds"] if rows else ()
    return {
        "tools": len(rows),
        "refused_word_by_word": sum(one["refused_word_by_word"] for one in rows),
        "took_a_fresh_answer": sum(one["took_a_fresh_answer"] for one in rows),
        "seconds": {name: sum(one["seconds"][name] for one in rows) / len(rows) for name in gates},
        "stopped": {fault: dict(Counter(one["stopped"][fault] for one in rows if one["stopped"])) for fault in FAULTS},
    }


def main() -> None:
    """Print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replay", type=Path, default=RECORDING, help="the recording of the tools")
    parser.add_argument("--only", action="append", default=[], help="this kind alone; several times for several")
    options = parser.parse_args()
    rows = asyncio.run(each_tool(row, options.replay, options.only))
    print(json.dumps({"rows": rows, "total": total(rows)}))


if __name__ == "__main__":
    main()
