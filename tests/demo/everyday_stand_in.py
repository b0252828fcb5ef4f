"""A truthful stand-in for the strong model on the everyday stream: its tools answer their kind, and nothing else."""

import re
from collections.abc import Iterable
from dataclasses import replace

from latm.ledger import Usage
from latm.models import Models
from latm.models.metering import Meter, Metered
from latm.models.port import Completion, Model, Request
from latm.models.testing import ScriptedModel
from latm.task import Instance
from latm_bench.tasks.generators.everyday import ONE_OFF

_SHOWN = re.compile(r"Request:\n(.*?)\nAnswer:", re.DOTALL)
_TOOL = '''```python
"""{kind}"""
TRUTHS = {truths!r}
def parse(question):
    return {{"question": question}} if question in TRUTHS else None
def solve(question):
    return TRUTHS[question]
def answer(value, question):
    return value
```'''


_WRITTEN = {"direct": 80, "tool-user": 5}
_WRITTEN_BY_MAKER = 1_200
"""Tokens that a real model writes; the stand-in's tools are long, and its thoughts short."""


class _Sized(ScriptedModel):
    """Counts what a real model would have written."""

    async def complete(self, request: Request) -> Completion:
        done = await super().complete(request)
        written = _WRITTEN.get(request.purpose, _WRITTEN_BY_MAKER)
        return replace(done, usage=Usage(1, done.usage.input_tokens, written, done.usage.cost))


class Truthful:
    """Knows every question's kind and answer.

    Attributes:
        requests: what it was asked, by purpose.
    """

    def __init__(self, instances: Iterable[Instance]) -> None:
        self._of = {one.question: one for one in instances}
        self.requests: list[str] = []

    def reply(self, request: Request) -> str:
        """What a competent model would say, whatever its role."""
        self.requests.append(request.purpose)
        last = request.messages[-1].content
        if request.purpose == "direct":
            question = last.rpartition("Request:\n")[2]
            return f"Answer: {self._of[question].answer}"
        if request.purpose == "tool-user":
            return "null"
        shown = [str(self._of[question].task) for question in _SHOWN.findall(request.messages[1].content)]
        kinds = list(dict.fromkeys(shown))
        if len(kinds) > 1 and "SEVERAL KINDS" in last:
            lines = (f"{', '.join(str(n) for n, one in enumerate(shown, 1) if one == kind)}: {kind}" for kind in kinds)
            return "SEVERAL KINDS\n" + "\n".join(lines)
        if len(kinds) > 1 or kinds == [ONE_OFF]:
            return "NO PROGRAM: these have nothing in common"
        truths = {question: str(one.answer) for question, one in self._of.items() if one.task == kinds[0]}
        return _TOOL.format(kind=kinds[0], truths=truths)

    def models(self) -> Models:
        """The stand-in in all roles."""
        meter = Meter()
        model: Model = _Sized(self.reply, name="stand-in")
        maker, user, direct = (Metered(model, meter, role) for role in ("maker", "user", "direct"))
        return Models(maker, user, None, direct, meter)
