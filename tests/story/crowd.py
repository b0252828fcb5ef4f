"""A crowd: many callers, many kinds, failing models, and a second process that changes tools all along.

Run the long form: `python tests/story/crowd.py --minutes 10 --seed 1`. The short form is a test.
"""

import argparse
import asyncio
import json
import math
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path

from latm import Answer, AsyncLatm, Question, Settings
from latm.errors import (
    BudgetError,
    ModelError,
    ModelTimeoutError,
    PassingModelError,
    ProviderError,
)
from latm.ledger import Usage
from latm.models import Meter, Models
from latm.models.metering import Metered
from latm.models.port import Completion, Request
from latm.observing import MakingEnded, MakingPostponed, Notice, Shed
from latm.provenance import Making, Outcome

KINDS = 50
MEDDLER = Path(__file__).with_name("meddler.py")
NUMBERS = re.compile(r"\d+")


def words(kind: int) -> list[str]:
    """Six made-up words that no other kind has: what is alike here is not grouping but its load."""
    rng = random.Random(f"kind {kind}")
    return ["".join(rng.choice("bdfgklmnprst") + rng.choice("aeiou") for _ in range(4)) for _ in range(6)]


def question(kind: int, first: int, second: int) -> str:
    """A question of a kind."""
    one, two, three, four, five, six = words(kind)
    return f"{one} {two} {first} {three} {four} {second} {five} {six}?"


def truth(text: str) -> str:
    """The right answer."""
    return str(sum(map(int, NUMBERS.findall(text))))


def kind_of(text: str) -> int:
    """The kind of the first question in a text; -1 without one."""
    return next((kind for kind in range(KINDS) if " ".join(words(kind)[:2]) in text), -1)


def tool(kind: int) -> str:
    """What a competent maker writes for a kind."""
    pattern = re.escape(question(kind, 1, 2)).replace("1", r"(\d+)", 1).replace("2", r"(\d+)", 1)
    return f'''```python
"""Sums of kind {kind}."""
import re
def parse(question):
    found = re.fullmatch(r"{pattern}", question)
    return {{"a": int(found[1]), "b": int(found[2])}} if found else None
def solve(a, b):
    return a + b
def answer(value, question):
    return str(value)
```'''


FAILURES = (
    PassingModelError("HTTP 429.", retry_after=0.01),
    PassingModelError("HTTP 503."),
    ModelTimeoutError("No answer in time."),
    ProviderError("HTTP 401: the key is wrong."),
    BudgetError("The budget is spent."),
)


@dataclass(slots=True)
class Moody:
    """A model that answers right, in its time, and fails as often and in as many ways as it is told.

    Attributes:
        rng: decides when and how.
        failing: share of calls that fail.
        seconds: that a call takes.
        said: what it answered directly, by question.
    """

    rng: random.Random
    failing: float
    seconds: float
    name: str = "moody"
    said: dict[str, str] = field(default_factory=dict)

    async def complete(self, request: Request) -> Completion:
        await asyncio.sleep(self.rng.uniform(0, 2 * self.seconds))
        last = request.messages[-1].content
        if self.rng.random() < self.failing:
            if request.purpose == "direct" or self.rng.random() < 0.7:
                raise self.rng.choice(FAILURES)
            return self._completion(request, "utter nonsense")
        return self._completion(request, self._reply(request, last))

    def _reply(self, request: Request, last: str) -> str:
        if request.purpose == "direct":
            return self.said.setdefault(last, truth(last))
        if request.purpose == "tool-user":
            return "null"
        first = next(message.content for message in request.messages if message.role == "user")
        kind = kind_of(first)
        return tool(kind) if kind >= 0 else "no idea"

    def _completion(self, request: Request, text: str) -> Completion:
        asked = sum(len(message.content) for message in request.messages) // 4
        return Completion(text, self.name, Usage(1, asked, 1 + len(text) // 4, Decimal(0)))

    async def close(self) -> None:
        pass


@dataclass(slots=True)
class Witness:
    """An observer that counts."""

    makings: list[Making] = field(default_factory=list)
    postponed: int = 0
    shed: int = 0

    def on_event(self, event: Notice, /) -> None:
        match event:
            case MakingEnded(making):
                self.makings.append(making)
            case MakingPostponed():
                self.postponed += 1
            case Shed(count):
                self.shed += count
            case _:
                pass


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came of a crowd; every list of faults should be empty.

    Attributes:
        asked: questions.
        routes: answers by route.
        undocumented: exceptions that no page names.
        wrong: answers that are not right.
        made_twice: kinds for which more than one maker's conversation led to a tool.
        unlogged: paid answers that are not on the log.
        meter_tokens: what the models counted.
        store_tokens: what answers, makings and unfinished makings have on record.
        tools: kinds with a tool.
        postponed: makings that were put off.
    """

    asked: int
    routes: Mapping[str, int]
    undocumented: list[str]
    wrong: list[str]
    made_twice: list[int]
    unlogged: int
    meter_tokens: int
    store_tokens: int
    tools: int
    postponed: int
    shed: int


async def crowd(  # noqa: PLR0913  # every knob of the experiment
    folder: Path,
    *,
    seed: int,
    seconds: float = math.inf,
    questions: float = math.inf,
    callers: int = 200,
    kinds: int = 50,
    failing: float = 0.2,
) -> Outcomes:
    """Let a crowd ask for so many seconds; or so many questions, and until there is a tool."""
    rng = random.Random(seed)
    model = Moody(random.Random(seed + 1), failing, 0.02)
    meter, witness = Meter(), Witness()
    models = Models(
        maker=Metered(model, meter, "maker"),
        user=Metered(model, meter, "user"),
        dispatcher=None,
        direct=Metered(model, meter, "direct"),
        meter=meter,
    )
    settings = Settings.model_validate({"store": f"sqlite:///{folder / 'latm.db'}", "making_tokens": 50})
    asked: list[tuple[str, Answer]] = []
    undocumented: list[str] = []
    until = time.monotonic() + seconds
    async with AsyncLatm(settings, models=models, observer=witness) as latm:
        words = [str(MEDDLER), settings.store, str(seed)]
        meddler = await asyncio.create_subprocess_exec(sys.executable, *words, stdin=asyncio.subprocess.PIPE)

        def is_over() -> bool:
            made = any(making.outcome is Outcome.MADE for making in witness.makings)
            return time.monotonic() > until or (len(asked) >= questions and made)

        async def call(number: int) -> None:
            own = random.Random(rng.random() + number)
            while not is_over():
                text = question(own.randrange(kinds), own.randint(1, 999), own.randint(1, 999))
                try:
                    asked.append((text, await latm.ask(Question(text, id=str(len(asked))))))
                except ModelError as error:
                    if not error.ends_run:
                        undocumented.append(repr(error))
                except Exception as error:  # noqa: BLE001  # whatever it is, it should not have been
                    undocumented.append(repr(error))
                await asyncio.sleep(0)

        await asyncio.gather(*(call(number) for number in range(callers)))
        assert meddler.stdin is not None
        meddler.stdin.close()
        if await meddler.wait():
            undocumented.append(f"the meddler ended with {meddler.returncode}")
    return _outcomes(settings, asked, undocumented, meter, witness)


def _outcomes(
    settings: Settings,
    asked: list[tuple[str, Answer]],
    undocumented: list[str],
    meter: Meter,
    witness: Witness,
) -> Outcomes:
    from sqlalchemy import func, select

    from latm.store import ToolCache
    from latm.store.schema import journal

    with ToolCache.open(settings.store) as cache:
        logged = Counter(answer.id for answer in cache.answers(limit=None))
        answers = cache.answers(limit=None)
        makings = cache.makings()
        with cache.reading() as connection:
            columns = select(func.coalesce(func.sum(journal.c.input_tokens + journal.c.output_tokens), 0))
            unfinished = int(connection.execute(columns).scalar_one())
        tools = sum(task.tool_id is not None for task in cache.tasks())
    paid = [answer for _, answer in asked if answer.usage.calls]
    makings_made = [making for making in witness.makings if making.outcome is Outcome.MADE]
    made = Counter(kind_of(making.attempts[0].prompt) for making in makings_made)
    return Outcomes(
        asked=len(asked),
        routes=dict(Counter(answer.route.value for _, answer in asked)),
        undocumented=undocumented[:10],
        wrong=[f"{text} -> {a.text!r} {a.route}" for text, a in asked if a.ok and a.text != truth(text)][:10],
        made_twice=[kind for kind, count in made.items() if count > 1],
        unlogged=sum(not logged[answer.id] for answer in paid),
        meter_tokens=meter.total().tokens,
        store_tokens=sum(answer.usage.tokens for answer in answers)
        + sum(making.usage.tokens for making in makings)
        + unfinished,
        tools=tools,
        postponed=witness.postponed,
        shed=witness.shed,
    )


def main() -> None:
    """The long form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcomes = asyncio.run(crowd(Path(folder), seconds=60 * chosen.minutes, seed=chosen.seed))
    sys.stdout.write(json.dumps(asdict(outcomes), indent=1) + "\n")


if __name__ == "__main__":
    main()
