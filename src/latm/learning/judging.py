"""The judge of audits: a model says whether answers of different form say the same, and how sure it is."""

from dataclasses import dataclass

from latm.ledger import Usage
from latm.making.pairs import asking_whether_same, word_of
from latm.models import Model
from latm.question import Question


@dataclass(frozen=True, slots=True)
class Judgement:
    """The judge's verdict on two answers.

    Attributes:
        same: whether it said both times that they say the same.
        agrees: whether it gave the same verdict in either order.
        usage: what the calls used.
    """

    same: bool
    agrees: bool
    usage: Usage


class Judge:
    """Asks a model twice, with the answers in either order. What it says of both orders is the verdict.

    A judge that contradicts itself shows an error; a judge that is wrong both times shows none.

    Args:
        model: the model.
    """

    def __init__(self, model: Model) -> None:
        self._model = model

    async def judged(self, question: Question, one: str, other: str) -> Judgement:
        """Whether two answers to a question say the same. In doubt, they do not.

        Raises:
            ModelError: the model could not be asked; the error carries the usage so far.
        """
        first, spent = await self._says_same(question, one, other)
        second, more = await self._says_same(question, other, one)
        return Judgement(first and second, first is second, spent + more)

    async def _says_same(self, question: Question, one: str, other: str) -> tuple[bool, Usage]:
        completion = await self._model.complete(asking_whether_same(question.text, one, other))
        return word_of(completion) == "SAME", completion.usage
