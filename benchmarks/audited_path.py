"""What audits add to the path of an answer: `python benchmarks/audited_path.py --json`.

A toy tool answers; processor time of the event loop's thread for each `ask`, and of the whole process, in microseconds:
nothing watched, 5 % audited, and 5 % audited by certified tools. The least of five rounds of 2,000 questions each. The
models are simulated, and answer at once.
"""

import argparse
import asyncio
import json
import re
import sys
import tempfile
import time
from typing import Any

from latm import AsyncLatm, Route, Settings
from latm.models import Meter, Models
from latm.models.port import Request
from latm.models.testing import ScriptedModel

QUESTIONS, ROUNDS = 2_000, 5
WAYS: dict[str, dict[str, Any]] = {
    "nothing watched": {},
    "5 % audited": {"audit": 0.05},
    "certified, 5 % audited": {"max_error": 0.2, "audit": 0.05},
}
TOOL = r'''```python
"""Sums of two numbers."""
import re
def parse(question):
    found = re.fullmatch(r"Add the numbers (\d+) and (\d+)\. Reply with the sum only\.", question)
    return {"a": int(found[1]), "b": int(found[2])} if found else None
def solve(a, b):
    return a + b
def answer(value, question):
    return str(value)
```'''


def question(number: int) -> str:
    """A question that was never asked before."""
    return f"Add the numbers {number} and {number + 2}. Reply with the sum only."


def reply(request: Request) -> str:
    """The tool, or the sum."""
    if request.purpose in {"propose", "verify"}:
        return TOOL
    return str(sum(map(int, re.findall(r"\d+", request.messages[-1].content))))


async def measured(asked: dict[str, Any]) -> dict[str, float]:
    """The least of the rounds."""
    model = ScriptedModel(reply)
    models = Models(maker=model, user=None, dispatcher=None, direct=model, meter=Meter())
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_validate({"store": f"sqlite:///{folder}/latm.db", "making_tokens": 50} | asked)
        async with AsyncLatm(settings, models=models) as latm:
            async for _ in latm.run([question(number) for number in range(100)], length=100):
                pass
            for turn in range(1, ROUNDS + 1):
                loop, process = time.thread_time(), time.process_time()
                for number in range(QUESTIONS * turn, QUESTIONS * (turn + 1)):
                    answer = await latm.ask(question(number))
                    if answer.route is not Route.TOOL:
                        raise RuntimeError(answer.evidence)
                rounds.append((time.thread_time() - loop, time.process_time() - process))
    loop, process = (min(each) / QUESTIONS * 1e6 for each in zip(*rounds, strict=True))
    return {"loop_us": round(loop, 1), "process_us": round(process, 1)}


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", help="one of the ways, as for a release without audits")
    chosen = parser.parse_args()
    ways = {name: asked for name, asked in WAYS.items() if chosen.only in {None, name}}
    rows = [{"way": name} | asyncio.run(measured(asked)) for name, asked in ways.items()]
    if chosen.json:
        sys.stdout.write(json.dumps({"rows": rows}, indent=1) + "\n")
    else:
        for row in rows:
            sys.stdout.write(f"{row['way']}: {row['loop_us']} µs on the loop, {row['process_us']} in all\n")


if __name__ == "__main__":
    main()
