"""Streams of dressed, partly wrong replies through the whole product: grouping, making, gates, jail and serving.

The models are scripted. The model of direct answers replies in a layout, wrong and refusing as often as that says. The
tool maker solves every kind, and knows how answers are to look from its prompts alone.
"""

import asyncio
import random
import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from answers_maker import Look, looks_of, module
from replies import KINDS, OPINION, Kind, said
from replies_kinds import ISSUE_KINDS

from latm import Answer, AsyncLatm, Route, Settings
from latm.ledger import Usage
from latm.models import Completion, Meter, Models, Request
from latm.models.testing import ScriptedModel

EACH = 60
SETS: dict[str, tuple[Kind, ...]] = {"kinds": ISSUE_KINDS, "shapes": KINDS}
"""The eight kinds of the benchmark of kinds, and eight whose answers have every shape: sums, JSON, lists, options."""
_SHOWN = re.compile(r"Request:\n(.*?)\nAnswer: (.*?)(?=\n\nRequest:|\n\nThese requests|\n\nWrite the|\Z)", re.DOTALL)
_DEMANDED = re.compile(
    r"Request:\n([^\n]*)\n(?:(?!\n\nRequest:).)*must be written as: (.*?)(?=\n\nRequest:|\n\nFind the|\Z)", re.DOTALL
)
_TAGGED = re.compile(r"<(?:request|reply)>\n(.*?)\n</", re.DOTALL)


@dataclass
class Outcome:
    """What became of a stream.

    Attributes:
        made: kinds with a tool.
        asked: how often a tool was asked for, by kind.
        votes: fresh direct answers, bought where a tool and a label differed.
        judged: classes of pairs of answers that a model compared.
        served: answers of tools.
        right: those with the right content, and nothing beside it.
        looks: by kind, the dresses that all its served answers can be in.
        misses: served answers without the right content.
        said: by kind, why it has no tool.
    """

    made: set[str] = field(default_factory=set)
    asked: Counter[str] = field(default_factory=Counter)
    votes: int = 0
    judged: int = 0
    served: int = 0
    right: int = 0
    looks: dict[str, set[Look]] = field(default_factory=dict)
    misses: list[tuple[str, str]] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)

    @property
    def constant(self) -> int:
        """The kinds whose served answers all are in one dress."""
        return sum(bool(looks) for looks in self.looks.values())


class Simulated(ScriptedModel):
    """Both models of a stream. Direct answers cost what a real one's would, so that tools are worth making.

    Args:
        kinds: what comes.
        layout: how it is replied to.
        seed: of the questions and the replies.
    """

    def __init__(self, kinds: Sequence[Kind], layout: str, seed: str) -> None:
        super().__init__(self.reply, name="simulated")
        self.layout = layout
        self.rng = random.Random(f"{seed} {layout}")  # noqa: S311  # seeded replies are no secrets
        self.kind_of: dict[str, Kind] = {}
        self.contents: dict[str, Any] = {}
        while len(self.contents) < EACH * len(kinds):
            kind = kinds[len(self.contents) % len(kinds)]
            question, content = kind.draw(self.rng)
            if question not in self.contents:
                self.kind_of[question], self.contents[question] = kind, content
        self.asked: Counter[str] = Counter()
        self.questions = list(self.contents)
        self.rng.shuffle(self.questions)

    async def complete(self, request: Request) -> Completion:
        """A scripted completion of a real one's size."""
        done = await super().complete(request)
        written = 80 if request.purpose == "direct" else 1_200
        return replace(done, usage=Usage(1, done.usage.input_tokens, written, done.usage.cost))

    def reply(self, request: Request) -> str:
        """What a model says."""
        last = request.messages[-1].content
        if request.purpose == "direct":
            return said(self.rng, self.kind_of[last], self.layout, self.contents[last])
        if request.purpose == "judge":
            return self.judge(last)
        found = [*_SHOWN.findall(request.messages[1].content), *_DEMANDED.findall(last)]
        shown = {question: answer for question, answer in found if question in self.contents}
        kinds = Counter(self.kind_of[question].name for question in shown)
        self.asked.update([name for name, _ in kinds.most_common(1)])
        if not kinds or OPINION.name in kinds:
            return "NO PROGRAM: these are matters of taste"
        demanded = {question: answer for question, answer in _DEMANDED.findall(last) if question in self.contents}
        return module(kinds.most_common(1)[0][0], demanded or shown, self.contents)

    def judge(self, prompt: str) -> str:
        """Whether two answers say the same, as a careful reader of the question sees it."""
        question, *replies = _TAGGED.findall(prompt)
        kind, content = self.kind_of[question], self.contents[question]
        return "SAME" if all(looks_of(kind.name, content, reply) for reply in replies) else "DIFFERENT"


async def run(kinds: Sequence[Kind], layout: str, seed: str) -> Outcome:
    """One stream through the product, said to go on for long."""
    model = Simulated(kinds, layout, seed)
    outcome = Outcome(asked=model.asked)
    models = Models(maker=model, user=None, dispatcher=None, direct=model, meter=Meter())
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(store=f"sqlite:///{folder}/latm.db")
        async with AsyncLatm(settings, models=models) as latm:
            answers = [answer async for answer in latm.run(model.questions, length=100 * len(model.questions))]
            for known in latm.snapshot.known:
                kind = model.kind_of[known.task.examples[0].question].name
                if known.tool is not None:
                    outcome.made.add(kind)
                elif known.task.reason:
                    outcome.said[kind] = known.task.reason
    purposes = Counter(request.purpose for request in model.requests)
    outcome.judged = purposes["judge"]
    outcome.votes = purposes["direct"] - sum(answer.route is Route.DIRECT for answer in answers)
    score(model, answers, outcome)
    return outcome


def score(model: Simulated, answers: Sequence[Answer], outcome: Outcome) -> None:
    """Hold served answers against the truth."""
    for answer in answers:
        if answer.route is not Route.TOOL:
            continue
        kind, content = model.kind_of[answer.question].name, model.contents[answer.question]
        looks = set(looks_of(kind, content, answer.text))
        outcome.served += 1
        outcome.right += bool(looks)
        if looks:
            outcome.looks[kind] = outcome.looks.get(kind, looks) & looks
        else:
            outcome.misses.append((answer.question, answer.text))


def measured(kinds: Sequence[Kind], layout: str, seed: str) -> Outcome:
    """One stream, from a caller without an event loop."""
    return asyncio.run(run(kinds, layout, seed))
