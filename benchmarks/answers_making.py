"""The making loop over dressed replies: real kinds, gates, jail and serving; the models are scripted.

The model of direct answers replies in a layout, wrong and refusing as often as that says. The tool maker knows how to
solve every kind, and reads from the examples that it is shown how its answers are to be dressed, as a real one does.
"""

import asyncio
import random
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from replies import KINDS, REFUSALS, REFUSED, WRONG, Kind, dressed, opinion, wrong

from latm import Answer, AsyncLatm, Route, Settings
from latm.models import Meter, Models, Request
from latm.models.testing import ScriptedModel

QUESTIONS = 60
TOOLS: dict[str, tuple[str, str]] = {
    "invoice": (
        r"Add up this invoice in euro: (\d+ at \d+\.\d\d(?:; \d+ at \d+\.\d\d)*)\.",
        "sum(int(a) * int(b + c) for a, b, c in re.findall(r'(\\d+) at (\\d+)\\.(\\d\\d)', text))",
    ),
    "sorting": (r"Sort these words: ([a-z]+(?: [a-z]+)*)", "sorted(text.split())"),
    "choosing": (r"Who has the ball after (\d+) swaps\? Options: \(A\) to \(E\)", "'ABCDE'[int(text) % 5]"),
    "order": (
        r"Extract the order as JSON: ([A-Z][a-z]+ wants \d+ of [a-z]+ at [\d.]+)",
        "(lambda w: {'customer': w[0], 'item': w[4], 'count': int(w[2]), 'price': float(w[6])})(text.split())",
    ),
    "shopping": (r"List what is to be bought: (\d [a-z]+(?:, \d [a-z]+)*)", "text.split(', ')"),
    "day": (
        r"Which day is (\d+ days after \d{4}-\d\d-\d\d)\?",
        "(datetime.date.fromisoformat(text[-10:]) + datetime.timedelta(int(text.split()[0]))).isoformat()",
    ),
    "counting": (r"How many letters are in these words: ([a-z]+(?: [a-z]+)*)", "len(text.replace(' ', ''))"),
    "ticket": (r"Set the priority of ticket (\d+)", "('high', 'medium', 'low')[int(text) % 3]"),
}
"""By kind: what its questions look like, and Python that finds the content from what the group holds."""
WRITTEN: dict[str, Sequence[str]] = {
    "invoice": (
        "f'{value // 100}.{value % 100:02d}'",
        "f'{value // 100:,}.{value % 100:02d}'",
        "f'{value // 100:,}.{value % 100:02d}'.translate(str.maketrans(',.', '.,'))",
    ),
    "sorting": ("' '.join(value)",),
    "choosing": ("f'({value})'", "value + '.'", "value", "value.lower() + ')'"),
    "order": (
        "json.dumps(value)",
        "json.dumps(value, indent=2)",
        "json.dumps(dict(reversed(value.items())), separators=(',', ':'))",
    ),
    "shopping": (
        "'\\n'.join('- ' + one for one in value)",
        "'\\n'.join('* ' + one for one in value)",
        "'\\n'.join(f'{n}. {one}' for n, one in enumerate(value, 1))",
        "'\\n'.join(value)",
    ),
    "counting": ("f'{value}.0'", "f'{value:,}'", "str(value)"),
    "ticket": ("value", "value.capitalize()", "value.upper()"),
    "day": ("value",),
}
"""By kind: Python that writes its content, in each of the ways that replies use."""
_MODULE = '''```python
"""Answers requests of the kind {kind}."""
import datetime, json, re
def parse(question):
    found = re.fullmatch({pattern!r}, question)
    return {{"text": found[1]}} if found else None
def solve(text):
    return {solve}
def answer(value, question):
    return {opened!r} + {written} + {closed!r}
```'''


@dataclass
class Outcome:
    """What became of a stream."""

    kinds: int = 0
    made: int = 0
    makings: int = 0
    votes: int = 0
    right: list[bool] = field(default_factory=list)
    dresses: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    misses: list[tuple[str, str]] = field(default_factory=list)

    @property
    def dress_constant(self) -> float:
        """The share of the kinds with a tool whose answers all have one dress."""
        return sum(len(found) == 1 for found in self.dresses.values()) / max(1, len(self.dresses))


class Stream:
    """Questions of all kinds, and scripted models that reply to them in a layout."""

    def __init__(self, layout: str, seed: int) -> None:
        self.layout = layout
        self.rng = random.Random(f"{seed} {layout}")  # noqa: S311  # seeded replies are no secrets
        self.truths: dict[str, tuple[Kind, Any]] = {}
        while len(self.truths) < QUESTIONS * len(KINDS):
            kind = KINDS[len(self.truths) % len(KINDS)]
            question, content = kind.draw(self.rng)
            self.truths.setdefault(question, (kind, content))

    def reply(self, request: Request) -> str:
        """What the models say."""
        if request.purpose == "direct":
            return self._direct(request.messages[-1].content)
        shown = re.findall(r"Request:\n(.*?)\nAnswer: (.*?)(?=\n\nRequest:|\n\n|\Z)", _proposed(request), re.DOTALL)
        kinds = Counter(self.truths[question][0].name for question, _ in shown if question in self.truths)
        if not kinds or self.layout == "opinions":
            return "NO PROGRAM: these are matters of taste"
        return self._module(kinds.most_common(1)[0][0], shown)

    def _direct(self, question: str) -> str:
        if self.layout == "opinions":
            return opinion(self.rng)
        kind, content = self.truths[question]
        chance, refused = self.rng.random(), REFUSED.get(self.layout, 0.0)
        if chance < refused:
            return self.rng.choice(REFUSALS)
        is_wrong = chance < refused + WRONG.get(self.layout, 0.0)
        return dressed(self.rng, kind, self.layout, wrong(self.rng, kind, content) if is_wrong else content)

    def _module(self, kind: str, shown: Sequence[tuple[str, str]]) -> str:
        """A right tool whose answers look like most of those shown."""
        looks: Counter[tuple[str, str, str]] = Counter()
        for question, answer in shown:
            _, content = self.truths.get(question, (None, None))
            looks.update(list(_looks(kind, content, answer))[:1] if content is not None else [])
        written, opened, closed = looks.most_common(1)[0][0] if looks else (WRITTEN[kind][0], "", "")
        pattern, solve = TOOLS[kind]
        return _MODULE.format(kind=kind, pattern=pattern, solve=solve, written=written, opened=opened, closed=closed)


def _proposed(request: Request) -> str:
    return next(message.content for message in request.messages if message.role == "user")


def _looks(kind: str, content: Any, answer: str) -> Iterator[tuple[str, str, str]]:
    """How an answer writes a content, and what stands around it."""
    import json

    for written in WRITTEN[kind]:
        text = eval(written, {"json": json, "value": content})  # noqa: S307  # our own table
        opened, found, closed = answer.partition(text)
        if found and not opened[-1:].isalnum() and not closed[:1].isalnum():
            yield written, opened, closed


def looks_of(kind: Kind, content: Any, answer: str) -> tuple[str, str, str] | None:
    """The dress of a served answer; None where it has not the right content."""
    return next(_looks(kind.name, content, answer), None)


async def run(layout: str, seed: int) -> Outcome:
    """One stream through the product."""
    stream, outcome = Stream(layout, seed), Outcome(kinds=1 if layout == "opinions" else len(KINDS))
    questions = [one for one, (kind, _) in stream.truths.items() if layout != "opinions" or kind.name == "shopping"]
    model = ScriptedModel(stream.reply)
    models = Models(maker=model, user=None, dispatcher=None, direct=model, meter=Meter())
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_validate(
            {
                "store": f"sqlite:///{Path(folder) / 'latm.db'}",
                "making_tokens": 50,
                "examples_shown": 6,
                "tool_user": False,
                "grouping": "look-back",
            }
        )
        async with AsyncLatm(settings, models=models) as latm:
            answers = [answer async for answer in latm.run(questions, length=100 * len(questions))]
            outcome.made = sum(known.tool is not None for known in latm.snapshot.known)
    score(stream, answers, outcome)
    outcome.makings = sum(request.purpose == "propose" for request in model.requests)
    outcome.votes = sum(request.purpose == "direct" for request in model.requests) - sum(
        answer.route is Route.DIRECT for answer in answers
    )
    return outcome


def score(stream: Stream, answers: Sequence[Answer], outcome: Outcome) -> None:
    """Hold served answers against the truth."""
    for answer in answers:
        if answer.route is not Route.TOOL:
            continue
        kind, content = stream.truths[answer.question]
        looks = looks_of(kind, content, answer.text)
        outcome.right.append(looks is not None)
        if looks is None:
            outcome.misses.append((answer.question, answer.text))
        else:
            outcome.dresses[kind.name].add("{}".join(looks[1:]))


def measured(layout: str, seed: int = 1) -> Outcome:
    """One stream, from a caller without an event loop."""
    return asyncio.run(run(layout, seed))
