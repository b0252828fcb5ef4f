"""The direct answer: the strong model answers without a tool."""

from collections.abc import Sequence
from typing import Literal

from latm.ledger import Usage
from latm.models import Message, Model, Request
from latm.models.answers import committed_answer
from latm.prompting import render
from latm.question import Question
from latm.task import Example

_FORM_EXAMPLES = 3

AnswerStyle = Literal["plain", "reasoned"]
"""Whether a request goes out as its user wrote it or inside a prompt that asks for reasoning first."""


class DirectAnswer:
    """Asks the strong model.

    Args:
        model: the model.
        style: `plain`: the request goes out as its user wrote it, and the whole reply is the answer; `reasoned`: the
            model may think aloud before it commits to an answer.
        purpose: the purpose under which the meter counts it.
    """

    def __init__(self, model: Model, style: AnswerStyle = "plain", *, purpose: str = "direct") -> None:
        self._model = model
        self._style = style
        self._purpose = purpose

    @property
    def model_name(self) -> str:
        """The name of the model that answers."""
        return self._model.name

    async def answer(self, question: Question, examples: Sequence[Example] = ()) -> tuple[str, Usage]:
        """The model's answer and what it cost.

        Args:
            question: the text and the instructions that come with it.
            examples: gold examples of the same task, if there are any: in the reasoned style they show the form of
                an answer.

        Raises:
            ModelError: the model could not answer.
        """
        if self._style == "plain":
            asked = Request(_as_written(question), purpose=self._purpose, scope=question.scope)
            completion = await self._model.complete(asked)
            return completion.text, completion.usage
        completion = await self._model.complete(_reasoned(question, examples, self._purpose))
        return committed_answer(completion.text), completion.usage


def _as_written(question: Question) -> list[Message]:
    """The request as the user would send it by hand."""
    return [*_told(question), Message("user", question.text)]


def _told(question: Question) -> list[Message]:
    return [Message("system", question.scope.system)] if question.scope.system else []


def _reasoned(question: Question, examples: Sequence[Example], purpose: str) -> Request:
    shown = [example for example in examples if example.is_gold][:_FORM_EXAMPLES]
    form = "".join(f"\n\nRequest:\n{example.question}\nAnswer: {example.answer}" for example in shown)
    intro = "\n\nRequests like this one and their answers, for the form alone:" if form else ""
    prompt = render("latm.answering", "direct", form=intro + form, question=question.text)
    return Request([*_told(question), Message("user", prompt)], purpose=purpose, temperature=0.0, scope=question.scope)
