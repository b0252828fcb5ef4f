"""The judge of pair classes: whether two wordings around one content say the same, asked once and on record."""

from latm.errors import ModelError
from latm.form import Form, Ruling
from latm.ledger import Usage
from latm.models import Completion, Message, Model, Request
from latm.prompting import render
from latm.task import Example

_MOST = 12
"""Classes that a model is asked about for one task; beyond them, what mining cannot tell is different."""
_TOKENS = 16
_LONGEST = 4_000
"""Characters of a text that a model is shown."""


class PairJudge:
    """Asks a model if the form of a task cannot tell whether two answers say the same.

    Args:
        model: the model.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._failed: set[object] = set()

    async def ruled(self, form: Form, example: Example, got: str) -> tuple[Form, Usage]:
        """The form, with a ruling on the class of a tool's answer and a label; unchanged if there is none to make.

        Raises:
            ModelError: the model could not be asked, and no other call can be made either.
        """
        pair = form.open_pair(got, example.answer, example.question)
        if pair is None or pair in self._failed or len(form.rulings) + len(self._failed) >= _MOST:
            return form, Usage()
        try:
            completion = await self._model.complete(asking_whether_same(example.question, example.answer, got))
        except ModelError as error:
            if error.ends_run:
                raise
            self._failed.add(pair)
            return form, error.usage
        said = word_of(completion)
        if said not in {"SAME", "DIFFERENT"}:
            self._failed.add(pair)
            return form, completion.usage
        return form.taught(Ruling(*pair, same=said == "SAME")), completion.usage


def asking_whether_same(question: str, one: str, other: str) -> Request:
    """A request that asks in one word whether two answers to a question say the same."""
    prompt = render("latm.making", "pair", question=question[:_LONGEST], one=one[:_LONGEST], other=other[:_LONGEST])
    return Request([Message("user", prompt)], purpose="judge", temperature=0.0, max_tokens=_TOKENS)


def word_of(completion: Completion) -> str:
    """The word that such a request was answered with: `SAME`, `DIFFERENT`, or whatever else it says."""
    return completion.text.strip().strip("*.`\"'").upper()
