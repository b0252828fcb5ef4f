"""The simulated models of the adaptation study: they know the kinds and the truth, which the product never sees.

The tools are those that a language model once wrote, from recordings: asked for one, the maker gives the next of its
kind that it has not said yet in the conversation; two for the changed meaning are written here. Asked for a wider tool,
it joins the one that it is shown with one for what that abstains from.
"""

import ast
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from latm import Completion, Program, Request, Settings, Usage
from latm.parts import ANSWER_FUNCTION, Verdict, open_sandbox
from latm_bench.adaptation_stream import SORTING, TURNED, Coming

_BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
_SHOWN = re.compile(r"Request:\n(.*?)\nAnswer:", re.DOTALL)
_SORTING = '''"""Words in {how} order."""
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
    _SORTING.format(how="reverse alphabetical", words="reverse alphabetical order", backwards=True),
    _SORTING.format(how="reverse", words="(?:reverse )?alphabetical order", backwards=True),
)
_JOINED = """
def parse(question):
    for way, read in enumerate((parse_1, parse_2)):
        found = read(question)
        if found is not None:
            return {"way": way, "arguments": found}
    return None
def solve(way, arguments):
    return (solve_1, solve_2)[way](**arguments)
def answer(value, question):
    say = answer_1 if parse_1(question) is not None else answer_2
    return say(value, question)
"""


def recorded(places: Iterable[Path]) -> list[str]:
    """The tools in recordings, files or folders of them, each once, in their order."""
    sources: dict[str, None] = {}
    for path in (path for place in places for path in ([place] if place.is_file() else sorted(place.glob("*.jsonl")))):
        for line in path.read_text(encoding="utf-8").splitlines():
            for source in _BLOCK.findall(str(json.loads(line).get("completion", ""))):
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


async def tools_by_kind(stream: Sequence[Coming], sources: Iterable[str]) -> dict[str, list[str]]:
    """The tools that answer at least a third of a kind's questions right, in their order."""
    kinds = few_of_each(stream)
    found: dict[str, list[str]] = {kind: [] for kind in kinds}
    asked = [(kind, one) for kind, some in kinds.items() for one in some]
    questions = [(one.item.question,) for _, one in asked]
    async with open_sandbox(Settings(tool_seconds=1.0)) as sandbox:
        for source in [*sources, *BACKWARDS]:
            results = await sandbox.batch(Program(source).code, ANSWER_FUNCTION, questions)
            right: Counter[str] = Counter()
            for (kind, one), result in zip(asked, results, strict=True):
                right[kind] += result.verdict is Verdict.OK and str(result.value).strip() == one.truth.strip()
            for kind, count in right.items():
                if 3 * count >= len(kinds[kind]):
                    found[kind].append(source)
    return found


class World:
    """The model of every role.

    Args:
        stream: all questions, with their truth.
        tools: by kind.
        errors: how often its answers are wrong, at random.
        labels: how often they are, in direct answers to a kind that has no tool yet.

    Attributes:
        turned: whether word sorting means the reverse by now, also if an old question is asked again.
    """

    name = "simulated"

    def __init__(
        self, stream: Sequence[Coming], tools: Mapping[str, Sequence[str]], errors: float, labels: float
    ) -> None:
        self._of = {one.item.question: one for one in stream}
        self._tools = tools
        self._errors = errors
        self._labels = labels
        self._rng = random.Random(7)  # noqa: S311  # an experiment's draw, no secret
        self._served: set[str] = set()
        self.turned = False

    async def complete(self, request: Request) -> Completion:
        """What a competent model would say, of about a real one's length."""
        if request.purpose in {"direct", "audit"}:
            text, written = self._answer(request), 80
        elif request.purpose == "judge":  # of two answers that differ in more than their dress
            text, written = "DIFFERENT", 1
        else:
            text, written = self._tool(request), 1_200
        asked = sum(len(message.content) for message in request.messages) // 4
        return Completion(text, self.name, Usage(1, asked, written))

    async def close(self) -> None:
        """Nothing to close."""

    def _answer(self, request: Request) -> str:
        one = self._of[request.messages[-1].content]
        wrong = self._errors
        if request.purpose == "direct" and one.kind not in self._served:
            wrong = max(wrong, self._labels)
        truth = " ".join(reversed(one.truth.split())) if self.turned and one.kind == SORTING else one.truth
        return f"wrong {self._rng.random():.6f}" if self._rng.random() < wrong else truth

    def _tool(self, request: Request) -> str:
        talk = "\n".join(message.content for message in request.messages)
        prompt = request.messages[1].content
        shown = [self._meant(self._of[question].kind) for question in _SHOWN.findall(prompt)]
        kinds = list(dict.fromkeys(shown))
        if "abstains too often" in prompt:
            return self._wider(_BLOCK.findall(prompt)[0], kinds, talk)
        if len(kinds) > 1 and "SEVERAL KINDS" in talk:
            lines = (f"{', '.join(str(n) for n, one in enumerate(shown, 1) if one == kind)}: {kind}" for kind in kinds)
            return "\n".join(["SEVERAL KINDS", *lines])
        kind = Counter(shown).most_common(1)[0][0]
        left = [source for source in self._tools.get(kind, ()) if source.strip() not in talk]
        return self._given(kind, left[0]) if left else "NO PROGRAM: no recorded tool does this"

    def _meant(self, kind: str) -> str:
        return f"{TURNED}, old words" if self.turned and kind == SORTING else kind

    def _wider(self, source: str, kinds: Sequence[str], talk: str) -> str:
        """The old tool, joined with one for another kind of what it is shown; the next, where one was said already."""
        said = talk.count("answer_2(value, question)")
        others = [(kind, one) for kind in kinds for one in self._tools.get(kind, ()) if one.strip() != source.strip()]
        joined = [(kind, both) for kind, one in others if (both := join(source, one))]
        if said >= len(joined):
            return "NO PROGRAM: no recorded tool does the rest"
        return self._given(*joined[said])

    def _given(self, kind: str, source: str) -> str:
        self._served.add(kind)
        return f"```python\n{source}```"


def join(first: str, second: str) -> str:
    """One tool that does what either does, the first if both would; empty if names are in each other's way."""
    parts = [_renamed(source, number) for number, source in enumerate((first, second), 1)]
    return "\n".join([*parts, _JOINED]) if all(parts) else ""


def _renamed(source: str, number: int) -> str:
    tree = ast.parse(source)
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    names |= {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    taken = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg | ast.keyword)}
    if names & taken:
        return ""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names:
            node.id = f"{node.id}_{number}"
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in names:
            node.name = f"{node.name}_{number}"
    return ast.unparse(tree)
