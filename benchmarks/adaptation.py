"""A long stream through a product that audits itself: `python benchmarks/adaptation.py --json --questions 20000`.

The types of BIG-Bench Hard and the project's generators, about thirty kinds; new ones arrive during the first half.
From the middle on one kind comes in other words, another behind a new preamble, and word sorting turns to reverse
order, a tenth of it in the old words. Tools are those that a language model once wrote (the recordings beside this
file): the maker gives the next one that it has not said yet in a conversation; two for the changed meaning are written
here. The model of direct answers and of audits knows the right answers, or is wrong as often as `--reference-error`
says, at random. `--near-misses` is the share of the questions that come with a clause that changes what is asked;
`--wrong-labels` the share of direct answers that are wrong before a kind has a tool.

After every 250 questions, each version's bound is held against the wrong answers that it has truly served.
"""

import argparse
import asyncio
import json
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import select

from kinds import bbh_folder
from latm import AsyncLatm, Instance, Route, Settings
from latm.auditing import Epoch
from latm.event import Event
from latm.form import Form
from latm.ledger import Usage
from latm.models import Meter, Models
from latm.models.metering import Metered
from latm.models.port import Completion, Request
from latm.sandbox import open_sandbox
from latm.sandbox.protocol import Verdict
from latm.store.schema import answers, tasks
from latm.tool import ANSWER_FUNCTION, Program
from latm_bench.changes import CHANGES
from latm_bench.tasks.generators import KINDS
from latm_bench.tasks.generators.word_sorting import generate, generate_reversed

EVERY = 250
_LEAST = 20
NEEDS_JUDGEMENT = {"causal_judgement", "snarks", "customer_tone"}
RECORDINGS = (*Path(__file__).parent.glob("recordings/*.jsonl"), Path("src/latm/demo/recording.jsonl"))
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
SHOWN = re.compile(r"Request:\n(.*?)\nAnswer:", re.DOTALL)
CLAUSE = " Leave out whatever comes first, and say the rest backwards."
PREAMBLE = "You are the desk of Northwind Telecom. Take care of this for a colleague who is on the road.\n\n"
SORTING = '''"""Words in {how} order."""
import re
def parse(question):
    told = r"\\. Answer with the words only, separated by single spaces\\.\\nWords: ([a-z]+(?: [a-z]+)*)"
    found = re.fullmatch(r"Sort these words in {words}" + told, question)
    return {{"words": found[1].split(" ")}} if found else None
def solve(words):
    return sorted(words, reverse={backwards})
def answer(value, question):
    return " ".join(value)
'''
BACKWARDS = (
    SORTING.format(how="reverse alphabetical", words="reverse alphabetical order", backwards=True),
    SORTING.format(how="reverse", words="(?:reverse )?alphabetical order", backwards=True),
)


@dataclass(frozen=True, slots=True)
class Coming:
    """A question of the stream, its true answer, and what kind it is of."""

    item: Instance
    kind: str

    @property
    def truth(self) -> str:
        """The right answer."""
        return str(self.item.answer)


def bbh() -> dict[str, list[Instance]]:
    """The questions of each type, three, five and seven objects as one."""
    found: dict[str, list[Instance]] = {}
    for path in sorted(bbh_folder().glob("*.json")):
        kind = re.sub("_(three|five|seven)_objects", "", path.stem)
        examples = json.loads(path.read_text(encoding="utf-8"))["examples"]
        found.setdefault(kind, []).extend(Instance(one["input"], answer=one["target"], task=kind) for one in examples)
    return found


def arranged(count: int, seed: int, sorting: int = 0) -> list[Coming]:
    """The stream: each kind arrives at its time during the first half; word sorting so often, if not as the others."""
    rng = random.Random(seed)  # noqa: S311  # an experiment's order, no secret
    real = bbh()
    for items in real.values():
        rng.shuffle(items)
    count -= sorting
    even = count // (len(real) + len(KINDS))
    real = {name: items[: max(even, _LEAST)] for name, items in real.items()}
    each = (count - sum(map(len, real.values()))) // len(KINDS) + 1
    pools = {f"bbh {name}": items for name, items in real.items()}
    of_each = {kind: sorting or each if kind.name == "word_sorting" else each for kind in KINDS}
    pools |= {kind.name: list(islice(kind.instances(seed), many)) for kind, many in of_each.items()}
    names = sorted(pools)
    rng.shuffle(names)
    places: list[tuple[float, Coming]] = []
    for turn, name in enumerate(names):
        begins = 0.0 if name == "word_sorting" else 0.5 * turn / len(names)
        when = sorted(rng.uniform(begins, 1.0) for _ in pools[name])
        places += [(at, _at(name, item, at, rng)) for at, item in zip(when, pools[name], strict=True)]
    return [coming for _, coming in sorted(places, key=lambda place: place[0])][: count + sorting]


def _at(name: str, item: Instance, at: float, rng: random.Random) -> Coming:
    """A question as it is asked at its time."""
    if at < 0.5:  # noqa: PLR2004  # the middle
        return Coming(item, name)
    if name == "word_sorting":
        old = rng.random() < 0.1  # noqa: PLR2004  # the share that keeps the old words
        item = generate(rng) if old else generate_reversed(rng)
        backwards = " ".join(sorted(str(item.answer).split(), reverse=True))
        return Coming(replace(item, answer=backwards), f"word_sorting, other meaning{', old words' * old}")
    if name == "phone_numbers":
        return Coming(replace(item, question=PREAMBLE + item.question), "phone_numbers, new preamble")
    if name == "bbh object_counting" and (changed := CHANGES[0].apply(item)):
        return Coming(changed, "bbh object_counting, other words")
    return Coming(item, name)


def disturbed(stream: Sequence[Coming], share: float, seed: int) -> list[Coming]:
    """A share of the questions as near misses: a clause changes what is asked, and so the answer."""
    rng = random.Random(seed)  # noqa: S311  # a draw, no secret
    return [
        Coming(
            replace(one.item, question=one.item.question + CLAUSE, answer=one.truth[::-1] + "!"),
            f"{one.kind}, near miss",
        )
        if rng.random() < share
        else one
        for one in stream
    ]


def recorded() -> list[str]:
    """The tools in the recordings, each once, in their order."""
    sources: dict[str, None] = {}
    for path in RECORDINGS:
        for line in path.read_text(encoding="utf-8").splitlines():
            for source in BLOCK.findall(str(json.loads(line).get("completion", ""))):
                if "def parse" in source and "def solve" in source:
                    sources[source] = None
    return list(sources)


def few_of_each(stream: Sequence[Coming], few: int = 12) -> dict[str, list[Coming]]:
    """The first questions of each kind, enough to know a tool's kind by."""
    kinds: dict[str, list[Coming]] = {}
    for one in stream:
        if len(kinds.setdefault(one.kind, [])) < few:
            kinds[one.kind].append(one)
    return kinds


async def tools_by_kind(stream: Sequence[Coming]) -> dict[str, list[str]]:
    """The recorded tools that answer at least a third of a kind's questions right, in the order of the recordings."""
    sources = recorded()
    kinds = few_of_each(stream)
    found: dict[str, list[str]] = {kind: [] for kind in kinds}
    asked = [(kind, one) for kind, some in kinds.items() for one in some]
    async with open_sandbox(Settings(tool_seconds=1.0)) as sandbox:
        for source in [*sources, *BACKWARDS]:
            results = await sandbox.batch(
                Program(source).code, ANSWER_FUNCTION, [(one.item.question,) for _, one in asked]
            )
            right: Counter[str] = Counter()
            for (kind, one), result in zip(asked, results, strict=True):
                right[kind] += result.verdict is Verdict.OK and str(result.value).strip() == one.truth.strip()
            for kind, count in right.items():
                if 3 * count >= len(kinds[kind]):
                    found[kind].append(source)
    return found


class World:
    """The model of every role. It knows the kinds and the truth, which the product never sees."""

    name = "world"

    def __init__(
        self, stream: Sequence[Coming], tools: Mapping[str, Sequence[str]], errors: float, labels: float
    ) -> None:
        self._of = {one.item.question: one for one in stream}
        self._tools = tools
        self._errors = errors
        self._labels = labels
        self._rng = random.Random(7)  # noqa: S311  # an experiment's draw, no secret
        self.served: set[str] = set()
        self.turned = False  # whether word sorting means the reverse by now, also where an old question is asked again

    async def complete(self, request: Request) -> Completion:
        """What a competent model would say, of about a real one's length."""
        if request.purpose in {"direct", "audit"}:
            text, written = self._answer(request), 80
        else:
            text, written = self._tool(request), 1_200
        asked = sum(len(message.content) for message in request.messages) // 4
        return Completion(text, self.name, Usage(1, asked, written))

    async def close(self) -> None:
        """Nothing to close."""

    def _answer(self, request: Request) -> str:
        one = self._of[request.messages[-1].content]
        wrong = self._errors
        if request.purpose == "direct" and one.kind not in self.served:
            wrong = max(wrong, self._labels)
        truth = " ".join(reversed(one.truth.split())) if self.turned and one.kind == "word_sorting" else one.truth
        return f"wrong {self._rng.random():.6f}" if self._rng.random() < wrong else truth

    def _tool(self, request: Request) -> str:
        talk = "\n".join(message.content for message in request.messages)
        shown = [self._of[question].kind for question in SHOWN.findall(request.messages[1].content)]
        kinds = list(dict.fromkeys(shown))
        if len(kinds) > 1 and "SEVERAL KINDS" in talk:
            lines = (f"{', '.join(str(n) for n, one in enumerate(shown, 1) if one == kind)}: {kind}" for kind in kinds)
            return "\n".join(["SEVERAL KINDS", *lines])
        kind = Counter(shown).most_common(1)[0][0]
        kind = f"{kind}, other meaning, old words" if self.turned and kind == "word_sorting" else kind
        left = [source for source in self._tools.get(kind, ()) if source.strip() not in talk]
        if not left:
            return "NO PROGRAM: no recorded tool does this"
        self.served.add(kind)
        return f"```python\n{left[0]}```"


class Run:
    """One run of the stream."""

    def __init__(self, latm: AsyncLatm, stream: Sequence[Coming], world: World) -> None:
        self._latm = latm
        self._world = world
        self._truth = {one.item.question: one.truth for one in stream}
        self._row = 0
        self._wrong: Counter[tuple[int, int, int]] = Counter()
        self._served: Counter[tuple[int, int, int]] = Counter()
        self._forms: dict[int, Form] = {}
        self.violated: list[str] = []
        self.looks = 0
        self.windows: list[dict[str, Any]] = []

    async def go(self, stream: Sequence[Coming]) -> None:
        """Ask it all, and look after every 250 questions."""
        turn = next((at for at, one in enumerate(stream) if one.kind.startswith("word_sorting, other")), len(stream))
        starts = sorted({*range(0, len(stream), EVERY), turn})
        for start, end in pairwise([*starts, len(stream)]):
            part = stream[start:end]
            self._world.turned = start >= turn
            got = [answer async for answer in self._latm.run([one.item for one in part])]
            await self._latm.audited()
            by_tool = [(one, answer) for one, answer in zip(part, got, strict=True) if answer.route is Route.TOOL]
            self._hold(start)
            self.windows.append(
                {
                    "questions": start + len(part),
                    "by_tool": len(by_tool),
                    "by_tool_of_changed": sum("," in one.kind for one, _ in by_tool),
                    "changed": sum("," in one.kind for one in part),
                    "wrong_served": sum(answer.text.strip() != one.truth.strip() for one, answer in by_tool),
                }
            )
            if start % (EVERY * 4) == 0:
                sys.stderr.write(f"{start}: {self.windows[-1]}\n")

    def _hold(self, place: int) -> None:
        """Hold every epoch's bound against what was truly wrong."""
        cache = self._latm.cache
        with cache.reading() as connection:
            new = connection.execute(
                select(answers)
                .where(answers.c.row > self._row, answers.c.tool_task.is_not(None))
                .order_by(answers.c.row)
            ).all()
            ids = dict(connection.execute(select(tasks.c.name, tasks.c.id)).all())
        forms = {ids[task.name]: task.form for task in cache.tasks()}
        for row in new:
            self._row = row.row
            key = (row.tool_task, row.version, row.epoch)
            self._served[key] += 1
            self._wrong[key] += not forms.get(row.tool_task, Form()).same(row.text, self._truth[row.question])
        for known in cache.certificates():
            for epoch in (*known.state.past, known.state.epoch):
                self._look(place, (ids[known.task], known.version, epoch.number), epoch, known.state.goal)

    def _look(self, place: int, key: tuple[int, int, int], epoch: Epoch, goal: Any) -> None:
        if not epoch.served:
            return
        self.looks += 1
        bound = epoch.bound(goal)
        if self._wrong[key] > bound.wrong or self._served[key] != epoch.served:
            said = f"{self._wrong[key]} wrong of {self._served[key]}, {bound.wrong} of {epoch.served} allowed"
            self.violated.append(f"at {place}, {key}: {said}")

    def served(self) -> tuple[int, int]:
        """Answers of tools in all, and how many were wrong."""
        return self._served.total(), self._wrong.total()


async def measured(chosen: argparse.Namespace) -> dict[str, Any]:
    """The whole run, and what came of it."""
    stream = disturbed(arranged(chosen.questions, chosen.seed, chosen.sorting), chosen.near_misses, chosen.seed)
    tools = await tools_by_kind(stream)
    world, meter = World(stream, tools, chosen.reference_error, chosen.wrong_labels), Meter()
    models = Models(Metered(world, meter, "maker"), None, None, Metered(world, meter, "direct"), meter)
    with tempfile.TemporaryDirectory() as folder:
        asked = {"store": f"sqlite:///{folder}/latm.db", "max_error": chosen.max_error, "audit": chosen.audit}
        settings = Settings.model_validate(asked | {"policy": chosen.policy, "repairs": chosen.repairs})
        async with AsyncLatm(settings, models=models) as latm:
            run = Run(latm, stream, world)
            await run.go(stream)
            cache = latm.cache
            books, known, events = cache.ledger(), cache.certificates(), cache.events(limit=None)
            makings, versions = cache.makings(), len(cache.tools())
        served, wrong = run.served()
        billed = sum((book.total for book in books), Usage()).tokens
        return {
            "questions": len(stream),
            "kinds": len({one.kind for one in stream}),
            "by_tool": served,
            "wrong_by_tool": wrong,
            "error_served": round(wrong / max(1, served), 5),
            "versions": versions,
            "makings": dict(Counter(str(making.outcome) for making in makings)),
            "decided": dict(Counter(str(event.kind) for event in events if event.version is not None)),
            "suspended": [said(event) for event in events if event.who == "auditor" and event.kind != "promoted"],
            "bounds_looked_at": run.looks,
            "bounds_violated": run.violated,
            "audits": sum(one.audits for one in known),
            "disagreed": [sum(one.disagreed for one in known), sum(one.asked_twice for one in known)],
            "tokens_billed": billed,
            "tokens_metered": meter.total().tokens,
            "tokens_by_purpose": {
                name: sum((book.billed[name] for book in books if name in book.billed), Usage()).tokens
                for name in ("direct", "making", "repairs", "audits", "unfinished")
            },
            "avoided_tokens": round(sum(book.avoided_tokens.mean for book in books if book.avoided_tokens)),
            "windows": run.windows,
        }


def said(event: Event) -> str:
    """An event in a line."""
    return f"{event.kind} v{event.version} of {event.task}: {event.why}"


def rows(windows: Sequence[Mapping[str, int]], each: int = 4) -> Iterator[str]:
    """The windows as a table, some of them together."""
    yield "| questions | by tool | of changed kinds | wrong by tools |"
    yield "|---|---|---|---|"
    for start in range(0, len(windows), each):
        some = windows[start : start + each]
        asked, by_tool = EVERY * len(some), sum(one["by_tool"] for one in some)
        changed = sum(one["changed"] for one in some)
        share = f"{sum(one['by_tool_of_changed'] for one in some) / changed:.0%}" if changed else "–"
        wrong = sum(one["wrong_served"] for one in some)
        yield f"| {some[-1]['questions']} | {by_tool / asked:.1%} | {share} | {wrong} |"


def main() -> None:
    """Run, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--sorting", type=int, default=0, help="so many of them are of the kind that changes its meaning"
    )
    parser.add_argument("--max-error", type=float, default=0.05)
    parser.add_argument("--audit", type=float, default=0.1)
    parser.add_argument("--policy", default="certified")
    parser.add_argument("--repairs", type=int, default=3)
    parser.add_argument("--reference-error", type=float, default=0.0)
    parser.add_argument("--wrong-labels", type=float, default=0.0)
    parser.add_argument("--near-misses", type=float, default=0.0)
    parser.add_argument("--json", action="store_true")
    found = asyncio.run(measured(chosen := parser.parse_args()))
    if chosen.json:
        sys.stdout.write(json.dumps(found, indent=1) + "\n")
    else:
        windows = found.pop("windows")
        sys.stdout.write(json.dumps(found, indent=1) + "\n" + "\n".join(rows(windows)) + "\n")


if __name__ == "__main__":
    main()
