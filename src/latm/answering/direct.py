"""The direct answer: the strong model answers without a tool."""

import re
from collections.abc import Sequence

from latm.ledger import Usage
from latm.models import Message, Model, Request
from latm.prompting import render
from latm.question import ANY, Scope
from latm.task import Example

_MARKER = re.compile(r"^[\s*_]*(?:final\s+)?answer[\s*_]*:[\s*_]*", re.IGNORECASE | re.MULTILINE)
_FORM_EXAMPLES = 3


class DirectAnswer:
    """Asks the strong model, which may think aloud before it commits to an answer."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def model_name(self) -> str:
        """Which model answers."""
        return self._model.name

    async def answer(self, question: str, examples: Sequence[Example] = (), scope: Scope = ANY) -> tuple[str, Usage]:
        """The model's answer and what it cost.

        Args:
            question: the text.
            examples: gold examples of the same task, where there are any: they show the form of an answer.
            scope: its instructions and its answer form are sent as system text.

        Raises:
            ModelError: the model could not answer.
        """
        shown = [example for example in examples if example.is_gold][:_FORM_EXAMPLES]
        form = "".join(f"\n\nRequest:\n{example.question}\nAnswer: {example.answer}" for example in shown)
        intro = "\n\nRequests like this one and their answers, for the form alone:" if form else ""
        prompt = render("latm.answering", "direct", form=intro + form, question=question)
        told = [Message("system", scope.system)] if scope.system else []
        request = Request([*told, Message("user", prompt)], purpose="direct", temperature=0.0)
        completion = await self._model.complete(request)
        return committed_answer(completion.text), completion.usage


def committed_answer(completion: str) -> str:
    """What follows the last `Answer:` of a completion; its last line where there is none."""
    text = completion.strip()
    if markers := list(_MARKER.finditer(text)):
        return text[markers[-1].end() :].strip().strip("*").strip()
    return text.splitlines()[-1].strip() if text else ""
