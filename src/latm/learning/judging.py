"""The judge of audits: a model says whether answers of different form say the same, and how sure it is."""

from dataclasses import dataclass

from latm.errors import ModelError
from latm.ledger import Usage
from latm.making.pairs import asking_whether_same, word_of
from latm.models import Model


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


async def judged(model: Model, question: str, one: str, other: str) -> Judgement:
    """Whether two answers to a question say the same by a model, which is asked in either order. In doubt, they do not.

    A judge that contradicts itself shows an error; a judge that is wrong both times shows none.

    Raises:
        ModelError: the model could not be asked; the error carries the usage so far.
    """
    first = await model.complete(asking_whether_same(question, one, other))
    try:
        second = await model.complete(asking_whether_same(question, other, one))
    except ModelError as error:
        error.usage += first.usage
        raise
    said = [word_of(completion) == "SAME" for completion in (first, second)]
    return Judgement(all(said), said[0] is said[1], first.usage + second.usage)
