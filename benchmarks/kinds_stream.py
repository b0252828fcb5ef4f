"""What tools answer of an unlabelled stream, against the same with labels: `python benchmarks/kinds_stream.py --json`.

The eighteen types of BIG-Bench Hard (three, five, seven objects are one kind) and the project's generators, shuffled,
bare and in each layout, go through the whole product: grouping, claims, makings, gates, jail, dispatch. The models are
simulated truthfully, and simulated only: see `truthful.py`. With labels, a tool stands from the block after the sixth
question of its kind. `share` is what tools answered of what they could have at best, then.

`--maker MODEL --record FILE` lets a real model make the tools, from its prompts alone; `--replay FILE` makes them again
from what it said. "With labels" counts what these tools can answer, then: all questions are asked once more of them.
"""

import argparse
import asyncio
import json
import random
import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path
from typing import Any

import kinds_held_out as held_out
import kinds_questions as source
from kinds_questions import bbh_folder
from truthful import Truthful

from latm import AsyncLatm, Question, Route, Scope, Settings
from latm.models import Meter, Model, Models, open_models
from latm.models.port import Completion, Request
from latm.models.wrapper import Wrapper
from latm.task import Instance
from latm_bench.tasks.generators import KINDS, stream

EACH = 60
ENOUGH = 6
BLOCK = 32
UNTOOLABLE = {"causal_judgement", "snarks", "customer_tone"}
LAYOUTS = ("one line", "preamble before", "preamble after", "few-shot examples", "JSON envelope", "transcript",
           "document before", "document after", "Markdown", "XML-like tags")  # fmt: skip


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


class Overheard(Wrapper):
    """A maker whose requests are counted."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self.requests: list[Request] = []

    async def complete(self, request: Request) -> Completion:
        """Pass it on."""
        self.requests.append(request)
        return await super().complete(request)


def with_labels(asked: Sequence[Instance], can: AbstractSet[str]) -> int:
    """What tools could answer at best: all that they can and that comes in a block after its kind's sixth question."""
    came: Counter[str] = Counter()
    stands: set[str] = set()
    total = 0
    for start in range(0, len(asked), BLOCK):
        block = asked[start : start + BLOCK]
        total += sum(one.task in stands and one.question in can for one in block)
        came.update(str(one.task) for one in block)
        stands = {kind for kind, count in came.items() if count >= ENOUGH}
    return total


async def measured(
    name: str, layout: str, asked: Sequence[Instance], scope: Scope, real: Model | None
) -> dict[str, Any]:
    """One stream through the product."""
    model = Truthful(asked, UNTOOLABLE)
    maker = Overheard(real or model)
    models = Models(maker=maker, user=None, dispatcher=None, direct=model, meter=Meter())
    can = {one.question for one in asked if one.task not in UNTOOLABLE}
    questions = [Question(one.question, scope) for one in asked]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(store=f"sqlite:///{folder}/latm.db", block=BLOCK)
        async with AsyncLatm(settings, models=models) as latm:
            answers = [answer async for answer in latm.run(questions, length=len(questions))]
            makings = [making.outcome for making in latm.cache.makings()]
        if real:
            async with AsyncLatm(settings.model_copy(update={"making": "never"}), models=models) as latm:
                once_more = [answer async for answer in latm.run(questions, length=len(questions))]
            can = {answer.question for answer in (*answers, *once_more) if answer.route is Route.TOOL}
    tools = [(answer, one) for answer, one in zip(answers, asked, strict=True) if answer.route is Route.TOOL]
    best = with_labels(asked, can)
    calls = len(maker.requests)
    read = sum(len(message.content) for request in maker.requests for message in request.messages) // 4
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
    make = (source.LAYOUTS | held_out.LAYOUTS)[layout]
    return [replace(one, question=make(rng, one.question, "").strip()) for one in asked]


def other(rng: random.Random) -> list[Instance]:
    """Questions of eight kinds that no threshold was chosen on."""
    return held_out.instances(rng, each=EACH)


async def rows(only: str, seed: int, real: Model | None = None, *, held: bool = False) -> list[dict[str, Any]]:
    """All streams in all layouts; held-out ones instead, if so wanted."""
    found = []
    streams = {"BIG-Bench Hard": bbh, "generators": generated} | ({"other kinds": other} if held else {})
    for name, draw in streams.items():
        asked = draw(random.Random(f"{name} {seed}"))  # noqa: S311  # questions, not secrets
        for layout in held_out.LAYOUTS if held else [*LAYOUTS, "system message"]:
            if only not in f"{name}, {layout}":
                continue
            scope = Scope(instructions=source.WORDING["preamble"]) if layout == "system message" else Scope()
            rng = random.Random(f"{layout} {seed}")  # noqa: S311  # questions, not secrets
            shown = asked if layout == "system message" else laid_out(asked, layout, rng)
            found.append(await measured(name, layout, shown, scope, real))
    return found


def main() -> None:
    """Print the table, as JSON or for people."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--only", default="", help="only streams with this in 'stream, layout'")
    parser.add_argument("--seed", type=int, default=0, help="of the draws")
    parser.add_argument("--maker", help="a real model that makes the tools, MODEL@URL or provider:model")
    parser.add_argument("--record", type=Path, help="append what it says to this recording")
    parser.add_argument("--replay", type=Path, help="make the tools from this recording")
    parser.add_argument("--held-out", action="store_true", help="kinds and layouts that no threshold was chosen on")
    options = parser.parse_args()
    asked = Settings(maker=options.maker, record=options.record, replay=options.replay, timeout=6 * 3_600, retries=0)
    real = open_models(asked).maker if options.maker or options.replay else None
    found = asyncio.run(rows(options.only, options.seed, real, held=options.held_out))
    if options.json:
        print(json.dumps({"rows": found}))
        return
    for one in found:
        print(*(f"{value!s:>10}" for value in list(one.values())[2:-1]), one["makings"], one["stream"], one["layout"])


if __name__ == "__main__":
    main()
