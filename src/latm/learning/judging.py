"""The judge of audits: a model says whether answers that differ in form say the same, and how sure it is of that."""

from dataclasses import dataclass

from latm.ledger import Usage
from latm.models import Message, Model, Request
from latm.prompting import render
from latm.question import Question

_TOKENS = 16
_LONGEST = 4_000
"""Characters of a text that a model is shown."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judge made of two answers.

    Attributes:
        same: whether they say the same, as it said both times.
        agrees: whether it said the same of them in either order.
        usage: what asking took.
    """

    same: bool
    agrees: bool
    usage: Usage


class Judge:
    """Asks a model twice, with the answers in either order: what it says of both orders is its verdict.

    How often it contradicts itself is an error that it shows by itself; a judge that is wrong both times shows none.

    Args:
        model: the model.
    """

    def __init__(self, model: Model) -> None:
        self._model = model

    async def judged(self, question: Question, one: str, other: str) -> Judgement:
        """Whether two answers to a question say the same; in doubt, they do not.

        Raises:
            ModelError: the model could not be asked; what it has spent goes with the error.
        """
        first, spent = await self._says_same(question, one, other)
        second, more = await self._says_same(question, other, one)
        return Judgement(first and second, first is second, spent + more)

    async def _says_same(self, question: Question, one: str, other: str) -> tuple[bool, Usage]:
        texts = (text[:_LONGEST] for text in (question.text, one, other))
        prompt = render("latm.making", "pair", **dict(zip(("question", "one", "other"), texts, strict=True)))
        asked = Request([Message("user", prompt)], purpose="judge", temperature=0.0, max_tokens=_TOKENS)
        completion = await self._model.complete(asked)
        return completion.text.strip().strip("*.`\"'").upper() == "SAME", completion.usage
