"""What others answer of the same questions, and what of it is wrong: semantic caches, routers, executors, and latm.

First `latm bench compiled --data DATA/bbh --generated --replay benchmarks/recordings/compiled.jsonl --out RUN`, which
makes the tools; then `python benchmarks/peers.py --data DATA/bbh --tools RUN --peers VENV/bin/python --json`; VENV has
what `benchmarks/requirements.txt` names. Without `--peers`, latm alone.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from machine import own_seconds
from peers_stream import SETS, Asked, Stream, stream

from latm import AsyncLatm, Route, Settings
from latm_bench.known_tasks import family

OTHERS = Path(__file__).absolute().with_name("peers_others.py")
AROUND = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
"""Nothing is fetched; one thread embeds, since two that wait for each other cost more where cores are busy."""
ROUNDS = 5
"""Of latm's known questions: the kernel counts its workers' processor time in hundredths of a second."""


async def ours(told: Stream) -> dict[str, Any]:
    """`AsyncLatm.ask`, one question after another, with no model to ask and no tool to make."""
    known = [one.question for one in told.asked if one.of == "known"]
    taken = []
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncLatm(Settings(store=f"sqlite:///{folder}/latm.db", making="never")) as latm:
            for name, made in told.tools.items():
                await latm.learn(name, told.examples[name])
                await latm.adopt(made.making, made.tool)
            for question in known:
                await latm.ask(question)
            answers = []
            for one in told.asked:
                started = time.perf_counter()
                answers.append(await latm.ask(one.question))
                taken.append((time.perf_counter() - started) * 1e6)
            before = own_seconds()
            for question in known * ROUNDS:
                await latm.ask(question)
            seconds = own_seconds() - before
    return {
        "way": "latm",
        "answers": [answer.text if answer.route is Route.TOOL else None for answer in answers],
        "chosen": [None] * len(answers),
        "us": taken,
        "cpu_us": [seconds / len(known) / ROUNDS * 1e6] * len(answers),
        "failed": 0,
        "failures": [],
    }


def lines(told: Stream) -> Iterator[dict[str, Any]]:
    """The stream as the other environment reads it."""
    for name, made in told.tools.items():
        yield {"tool": name, "program": made.tool.program.code}
        yield from ({"warm": one.question, "answer": one.answer, "kind": name} for one in told.warm[name])
    yield from ({"calibrating": question, "kind": kind} for question, kind in told.calibrating)
    yield from ({"ask": one.question, "kind": one.kind, "known": one.of != "foreign"} for one in told.asked)


def others(told: Stream, python: str, only: str) -> list[dict[str, Any]]:
    """What the other environment says: its versions, then each way."""
    text = "".join(json.dumps(line) + "\n" for line in lines(told))
    command = [str(Path(python).absolute()), str(OTHERS), only]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(  # noqa: S603  # our own script
            command, input=text, stdout=subprocess.PIPE, text=True, env=os.environ | AROUND, cwd=folder, check=False
        )
    if done.returncode:
        sys.exit("The peers could not be measured; what they said stands above.")
    return [json.loads(line) for line in done.stdout.splitlines()]


def scored(found: dict[str, Any], asked: Sequence[Asked]) -> dict[str, Any]:
    """One row: what was answered of each set, what of it was right, and the time of a known question that was."""
    row: dict[str, Any] = {"way": found["way"]}
    for of in SETS:
        own = [
            (answer, choice, one)
            for answer, choice, one in zip(found["answers"], found["chosen"], asked, strict=True)
            if one.of == of
        ]
        answered = [(answer, one.truth) for answer, _, one in own if answer is not None]
        right = sum(truth is not None and answer.strip() == truth.strip() for answer, truth in answered)
        row[of] = {"asked": len(own), "answered": len(answered), "right": right, "wrong": len(answered) - right}
        if any(found["chosen"]):
            chosen = [(choice, one.kind) for _, choice, one in own if choice]
            row[of]["routed"] = len(chosen)
            row[of]["to_its_family"] = sum(family(choice) == family(kind) for choice, kind in chosen)
    served = [place for place, one in enumerate(asked) if one.of == "known" and found["answers"][place] is not None]
    passed = [place for place, one in enumerate(asked) if found["answers"][place] is None]
    return row | {
        "us": statistics.median(found["us"][place] for place in served) if served else None,
        "cpu_us": statistics.fmean(found["cpu_us"][place] for place in served) if served else None,
        "us_passed_on": statistics.median(found["us"][place] for place in passed) if passed else None,
        "failed": found["failed"],
        "failures": found["failures"],
    }


def print_table(rows: Sequence[dict[str, Any]]) -> None:
    """For people."""
    print(f"{'':<46}" + "".join(f"{of + ': answered, right, wrong':>34}" for of in SETS) + f"{'µs':>10}{'CPU µs':>10}")
    for row in rows:
        sets = "".join(f"{row[of]['answered']:>20}{row[of]['right']:>7}{row[of]['wrong']:>7}" for of in SETS)
        print(f"{row['way']:<46}{sets}{row['us'] or 0:>10.0f}{row['cpu_us'] or 0:>10.0f}  {row['failed'] or ''}")


def main() -> None:
    """Measure, and print one object or a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of task files")
    parser.add_argument("--tools", type=Path, required=True, help="a run of `latm bench compiled --generated`")
    parser.add_argument("--peers", help="the Python of the environment of the peers")
    parser.add_argument("--only", default="", help="of the peers, only ways with this in their names")
    parser.add_argument("--warm", type=int, default=40, help="answered questions of each known kind")
    parser.add_argument("--each", type=int, default=50, help="questions of each kind and set")
    parser.add_argument("--seed", type=int, default=0, help="of the draws")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    told = stream(chosen.data, chosen.tools, warm=chosen.warm, each=chosen.each, seed=chosen.seed)
    versions, *found = others(told, chosen.peers, chosen.only) if chosen.peers else [{}]
    load = os.getloadavg()[0]
    rows = [scored(one, told.asked) for one in (*found, asyncio.run(ours(told)))]
    if chosen.json:
        foreign = sorted({one.kind for one in told.asked if one.of == "foreign"})
        print(json.dumps({"known": list(told.tools), "foreign": foreign, "load": load, **versions, "rows": rows}))
        return
    print_table(rows)


if __name__ == "__main__":
    main()
