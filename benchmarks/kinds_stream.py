"""What tools answer of an unlabelled stream, against the same with labels: `python benchmarks/kinds_stream.py --json`.

The eighteen types of BIG-Bench Hard (three, five, seven objects are one kind) and the project's generators, shuffled,
bare and in each layout, go through the whole product: grouping, claims, makings, gates, jail, dispatch. The models are
simulated truthfully, and simulated only: they know each question's kind, which the product never sees. A maker that is
shown several kinds says which belong together; one kind gets a tool that answers all of that kind's questions in the
stream and no other; kinds that no program can do get none. With labels, a tool stands from the block after the sixth
question of its kind. `share` is what tools answered of what they could have at best, then.
"""

import argparse
import asyncio
import json
import random
import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import kinds_questions as source

from kinds import bbh_folder
from latm import AsyncLatm, Question, Route, Scope, Settings
from latm.ledger import Usage
from latm.models import Meter, Models
from latm.models.port import Completion, Request
from latm.models.testing import ScriptedModel
from latm.task import Instance
from latm.tasks.generators import KINDS, stream

EACH = 60
ENOUGH = 6
BLOCK = 32
UNTOOLABLE = {"causal_judgement", "snarks", "customer_tone"}
LAYOUTS = ("one line", "preamble before", "preamble after", "few-shot examples", "JSON envelope", "transcript",
           "document before", "document after", "Markdown", "XML-like tags")  # fmt: skip
TOOL = '''```python
"""{kind}"""
TRUTHS = {truths!r}
def parse(question):
    return {{"question": question}} if question in TRUTHS else None
def solve(question):
    return TRUTHS[question]
def answer(value, question):
    return value
```'''
SHOWN = re.compile(r"Request:\n(.*?)\nAnswer:", re.DOTALL)


def bbh(rng: random.Random) -> list[Instance]:
    """Questions of the eighteen types."""
    found = []
    for path in sorted(bbh_folder().glob("*.json")):
        kind = re.sub("three_|five_|seven_", "", path.stem)
        examples = json.loads(path.read_text(encoding="utf-8"))["examples"]
        chosen = rng.sample(examples, min(EACH, len(examples)))
        found += [Instance(one["input"], answer=one["target"], task=kind) for one in chosen]
    rng.shuffle(found)
    return found


def generated(rng: random.Random) -> list[Instance]:
    """Questions of the project's generators."""
    return list(stream(rng.randrange(1_000_000), EACH * len(KINDS)))


class Truthful(ScriptedModel):
    """Knows each question's kind and answer; counts the tokens that a real model would have written."""

    def __init__(self, asked: Sequence[Instance]) -> None:
        super().__init__(self.say, name="truthful")
        self._of = {one.question: one for one in asked}

    async def complete(self, request: Request) -> Completion:
        """A scripted completion of a real one's size."""
        done = await super().complete(request)
        written = {"direct": 80, "tool-user": 5}.get(request.purpose, 1_200)
        return replace(done, usage=Usage(1, done.usage.input_tokens, written, done.usage.cost))

    def say(self, request: Request) -> str:
        """What a competent model would say, whatever its role."""
        last = request.messages[-1].content
        if request.purpose == "direct":
            return str(self._of[last].answer)
        shown = [str(self._of[question].task) for question in SHOWN.findall(request.messages[1].content)]
        kinds = list(dict.fromkeys(shown))
        if len(kinds) > 1 and "SEVERAL KINDS" in last:
            lines = (f"{', '.join(str(n) for n, one in enumerate(shown, 1) if one == kind)}: {kind}" for kind in kinds)
            return "\n".join(["SEVERAL KINDS", *lines])
        if len(kinds) > 1 or kinds[0] in UNTOOLABLE:
            return "NO PROGRAM: it takes judgement"
        truths = {text: str(one.answer) for text, one in self._of.items() if one.task == kinds[0]}
        return TOOL.format(kind=kinds[0], truths=truths)


def with_labels(asked: Sequence[Instance]) -> int:
    """What tools could answer at best: of each kind all that comes in a block after its sixth question."""
    came: Counter[str] = Counter()
    stands: set[str] = set()
    total = 0
    for start in range(0, len(asked), BLOCK):
        kinds = [str(one.task) for one in asked[start : start + BLOCK]]
        total += sum(kind in stands for kind in kinds)
        came.update(kinds)
        stands = {kind for kind, count in came.items() if count >= ENOUGH} - UNTOOLABLE
    return total


async def measured(name: str, layout: str, asked: Sequence[Instance], scope: Scope) -> dict[str, Any]:
    """One stream through the product."""
    model = Truthful(asked)
    models = Models(maker=model, user=None, dispatcher=None, direct=model, meter=Meter())
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(store=f"sqlite:///{folder}/latm.db", block=BLOCK)
        async with AsyncLatm(settings, models=models) as latm:
            questions = [Question(one.question, scope) for one in asked]
            answers = [answer async for answer in latm.run(questions, length=len(questions))]
            makings = [making.outcome for making in latm.cache.makings()]
    tools = [(answer, one) for answer, one in zip(answers, asked, strict=True) if answer.route is Route.TOOL]
    best = with_labels(asked)
    asked_of_maker = [request for request in model.requests if request.purpose not in {"direct", "tool-user"}]
    calls = len(asked_of_maker)
    read = sum(len(message.content) for request in asked_of_maker for message in request.messages) // 4
    return {
        "stream": name,
        "layout": layout,
        "questions": len(asked),
        "kinds": len({one.task for one in asked}),
        "by_tool": len(tools),
        "with_labels": best,
        "share": round(len(tools) / best, 4),
        "precision": round(sum(answer.text == one.answer for answer, one in tools) / max(1, len(tools)), 4),
        "kinds_with_tool": len({one.task for _, one in tools}),
        "maker_calls": calls,
        "maker_input_tokens": read,
        "makings": dict(Counter(map(str, makings))),
    }


def laid_out(asked: Sequence[Instance], layout: str, rng: random.Random) -> list[Instance]:
    """The same questions in a layout; one line is as they are."""
    if layout == "one line":
        return list(asked)
    make = source.LAYOUTS[layout]
    return [replace(one, question=make(rng, one.question, "").strip()) for one in asked]


async def rows(only: str, seed: int) -> list[dict[str, Any]]:
    """All streams in all layouts."""
    found = []
    for name, draw in (("BIG-Bench Hard", bbh), ("generators", generated)):
        asked = draw(random.Random(f"{name} {seed}"))  # noqa: S311  # questions, not secrets
        for layout in [*LAYOUTS, "system message"]:
            if only not in f"{name}, {layout}":
                continue
            scope = Scope(instructions=source.WORDING["preamble"]) if layout == "system message" else Scope()
            rng = random.Random(f"{layout} {seed}")  # noqa: S311  # questions, not secrets
            shown = asked if layout == "system message" else laid_out(asked, layout, rng)
            found.append(await measured(name, layout, shown, scope))
    return found


def main() -> None:
    """Print the table, as JSON or for people."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--only", default="", help="only streams with this in 'stream, layout'")
    parser.add_argument("--seed", type=int, default=0, help="of the draws")
    options = parser.parse_args()
    found = asyncio.run(rows(options.only, options.seed))
    if options.json:
        print(json.dumps({"rows": found}))
        return
    for one in found:
        print(*(f"{value!s:>10}" for value in list(one.values())[2:-1]), one["makings"], one["stream"], one["layout"])


if __name__ == "__main__":
    main()
