"""A strong model that knows each question's kind and answer, which the product never sees, for benchmarks and tests."""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from latm.ledger import Usage
from latm.models import Completion, Request
from latm.models.testing import ScriptedModel
from latm.task import Instance

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
"""Tokens that a real model writes: this one's tools are long, and its thoughts short."""


class Truthful(ScriptedModel):
    """Says what a competent model would say, whatever its role.

    A maker that is shown several kinds says which belong together; one kind gets a tool that answers all of that kind's
    questions among those asked and no other; kinds that no program can do get none.

    Args:
        asked: all questions with their truths.
        untoolable: kinds that no program can do.
    """

    def __init__(self, asked: Sequence[Instance], untoolable: AbstractSet[str]) -> None:
        super().__init__(self._say, name="truthful")
        self._of = {one.question: one for one in asked}
        self._untoolable = untoolable

    async def complete(self, request: Request) -> Completion:
        """A completion of a real one's size."""
        done = await super().complete(request)
        written = _WRITTEN.get(request.purpose, _WRITTEN_BY_MAKER)
        return replace(done, usage=Usage(1, done.usage.input_tokens, written, done.usage.cost))

    def _say(self, request: Request) -> str:
        last = request.messages[-1].content
        if request.purpose == "direct":
            return self._direct(last)
        if request.purpose == "tool-user":
            return "null"
        shown = [str(self._of[question].task) for question in _SHOWN.findall(request.messages[1].content)]
        kinds = list(dict.fromkeys(shown))
        if len(kinds) > 1 and "SEVERAL KINDS" in last:
            lines = (f"{', '.join(str(n) for n, one in enumerate(shown, 1) if one == kind)}: {kind}" for kind in kinds)
            return "\n".join(["SEVERAL KINDS", *lines])
        if len(kinds) > 1 or kinds[0] in self._untoolable:
            return "NO PROGRAM: it takes judgement"
        truths = {text: str(one.answer) for text, one in self._of.items() if one.task == kinds[0]}
        return _TOOL.format(kind=kinds[0], truths=truths)

    def _direct(self, last: str) -> str:
        """The answer, after a line that begins with "Answer:" if that was asked for."""
        if last in self._of:
            return str(self._of[last].answer)
        question = last.rpartition("Request:\n")[2]
        return f"Answer: {self._of[question].answer}"
