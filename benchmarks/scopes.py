"""Many customers in one process: equal questions with other instructions, many callers, scripted models.

    python benchmarks/scopes.py --json

prints one object: for many scopes and for one, with as many questions, how many answers were wrong or in another
scope's form, and what memory and processes it took.
"""

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

from machine import footprint

from latm import AsyncLatm, Question, Scope, Settings
from latm.errors import NotFoundError
from latm.models import Meter, Models
from latm.models.metering import Metered
from latm.models.port import Completion, Request
from latm.models.testing import ScriptedModel
from latm.observing import MakingBegun, MakingEnded, MakingPostponed, Notice

KINDS = (
    ("Add the numbers {} and {} for me now.", "a + b"),
    ("How many tiles cover a floor of {} by {} feet?", "a * b"),
    ("Which of the heights {} and {} is the greater one, in metres?", "max(a, b)"),
    ("A train left platform {} and came to platform {}: how far apart are they?", "abs(a - b)"),
    ("Write the year {} and the week {} as one long number, please.", "a * 100 + b"),
)
NUMBERS = re.compile(r"\d+")
TAG = re.compile(r"<(\w+)>")
SHOWN = re.compile(r"Request:\n(.*?)\nAnswer:", re.DOTALL)
QUIET = 10
SECONDS = 0.005
"""That a model call takes."""


def kind_of(text: str) -> int:
    """Which kind the first question in a text is of."""
    firsts = [(at, kind) for kind, (frame, _) in enumerate(KINDS) if (at := text.find(frame[:12])) >= 0]
    return min(firsts)[1]


def truth(question: str, tag: str) -> str:
    """The right answer in a scope's form."""
    a, b = map(int, NUMBERS.findall(question))
    value = eval(KINDS[kind_of(question)][1], {"a": a, "b": b, "max": max, "abs": abs})  # noqa: S307  # ours, above
    return f"<{tag}> {value}"


def tool(kind: int, tag: str) -> str:
    """What a competent maker writes for a kind, in a scope's form."""
    frame, value = KINDS[kind]
    pattern = re.escape(frame).replace(r"\{\}", r"(\d+)")
    return f'''```python
"""Kind {kind} as {tag}."""
import re
def parse(question):
    found = re.fullmatch(r"{pattern}", question)
    return {{"a": int(found[1]), "b": int(found[2])}} if found else None
def solve(a, b):
    return {value}
def answer(value, question):
    return "<{tag}> " + str(value)
```'''


def reply(request: Request) -> str:
    """A model that heeds its instructions."""
    last = request.messages[-1].content
    if request.purpose == "direct":
        found = TAG.search(request.messages[0].content)
        return truth(last.rpartition("Request:\n")[2], found[1] if found else "")
    found = TAG.search(last)
    if not found or request.purpose != "propose":
        return "null"
    kinds = list(map(kind_of, SHOWN.findall(last)))
    if len(set(kinds)) > 1 and "SEVERAL KINDS" in last:
        sorted_ = (", ".join(str(at) for at, one in enumerate(kinds, 1) if one == kind) for kind in set(kinds))
        return "\n".join(["SEVERAL KINDS", *(f"{numbers}: kind" for numbers in sorted_)])
    return tool(kind_of(last), found[1])


class Slow(ScriptedModel):
    """A scripted model that takes its time, and keeps nothing of what it was asked."""

    async def complete(self, request: Request) -> Completion:
        """Answer after a while."""
        await asyncio.sleep(SECONDS)
        completion = await super().complete(request)
        self.requests.clear()
        return completion


class Makings:
    """Counts makings under way."""

    def __init__(self) -> None:
        self.under_way = 0

    def on_event(self, event: Notice, /) -> None:
        """One begins or ends."""
        self.under_way += isinstance(event, MakingBegun)
        self.under_way -= isinstance(event, MakingEnded | MakingPostponed)

    async def over(self) -> None:
        """Wait until none is under way, and none follows at once."""
        quiet = 0
        while quiet < QUIET:
            await asyncio.sleep(0.1)
            quiet = 0 if self.under_way else quiet + 1


def questions(scopes: int, kinds: int, rounds: int) -> Iterator[Question]:
    """The same questions in every scope, round by round; with one scope as many, with other numbers."""
    several = [Scope(f"customer {n}", f"Write every answer as <s{n}> and the number.") for n in range(scopes)]
    for at in range(rounds):
        for frame, _ in KINDS[:kinds]:
            for scope in several:
                yield Question(frame.format(at + 3, at + 5), scope)


async def ask_all(latm: AsyncLatm, asked: Iterator[Question], callers: int) -> tuple[Counter[str], int]:
    """Every question by one of so many callers; how many came by each route, and how many are wrong."""
    routes: Counter[str] = Counter()
    wrong = 0

    async def caller() -> None:
        nonlocal wrong
        for question in asked:
            answer = await latm.ask(question)
            routes[answer.route] += 1
            found = TAG.search(question.scope.instructions)
            wrong += answer.text != truth(question.text, found[1] if found else "")

    await asyncio.gather(*(caller() for _ in range(callers)))
    return routes, wrong


async def measure(scopes: int, kinds: int, callers: int, rounds: int) -> dict[str, object]:
    """One process with so many scopes."""
    meter = Meter()
    model = Metered(Slow(reply), meter, "direct")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(store=f"sqlite:///{folder}/latm.db", making_tokens=100, answer_style="reasoned")
        makings = Makings()
        latm = AsyncLatm(settings, models=Models(model, None, None, model, meter), observer=makings)
        started = time.monotonic()
        async with latm:
            routes, wrong = await ask_all(latm, questions(scopes, kinds, rounds), callers)
            seconds = time.monotonic() - started
            with suppress(NotFoundError):
                await latm.why("none")  # whatever is asked of the store sees all that was answered before
            await makings.over()
            late, late_wrong = await ask_all(latm, questions(scopes, kinds, 1), callers)
            memory, processes = footprint()
            return {
                "scopes": scopes,
                "questions": routes.total() + late.total(),
                "wrong": wrong + late_wrong,
                "by_tool_at_the_end": late["tool"] / late.total(),
                "tools": sum(known.tool is not None for known in latm.snapshot.known),
                "memory_mib": round(memory, 1),
                "processes": processes,
                "seconds": round(seconds, 2),
            }


def one(scopes: int, args: argparse.Namespace) -> dict[str, object]:
    """A measurement in a process of its own."""
    rounds = args.rounds * (args.scopes // scopes)
    words = [sys.executable, __file__, "--inner", str(scopes), "--rounds", str(rounds)]
    words += ["--kinds", str(args.kinds), "--callers", str(args.callers)]
    found: dict[str, object] = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout)  # noqa: S603  # ourselves
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("scopes", 50), ("kinds", 5), ("callers", 100), ("rounds", 20)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--inner", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.inner:
        print(json.dumps(asyncio.run(measure(args.inner, args.kinds, args.callers, args.rounds))))
        return
    many, single = one(args.scopes, args), one(1, args)
    memory = float(str(many["memory_mib"])) / float(str(single["memory_mib"]))
    result = {"many": many, "one": single, "memory_ratio": round(memory, 2)}
    result["process_ratio"] = round(int(str(many["processes"])) / int(str(single["processes"])), 2)
    print(json.dumps(result, indent=None if args.json else 2))


if __name__ == "__main__":
    main()
