"""Labels: the answers that a tool is verified against, and what happens where tool and label differ."""

from collections.abc import Sequence
from dataclasses import replace

from latm.ledger import Usage
from latm.task import Example
from latm.using.direct import DirectAnswer


def agree(one: str, other: str) -> bool:
    """Whether two answers say the same: letter case, white space and a final full stop do not count."""
    return _folded(one) == _folded(other)


def _folded(text: str) -> str:
    return " ".join(text.split()).rstrip(".").casefold()


class Labels:
    """The examples of one making. A wrong label must neither kill a right tool nor pass a wrong one.

    Args:
        examples: in order; the first ones are shown to the maker, the rest held out.
        judge: gives the fresh direct answer that decides where a tool and a label differ; None: every label stands.
        gold_is_strict: a gold label is never doubted.
    """

    def __init__(self, examples: Sequence[Example], judge: DirectAnswer | None, *, gold_is_strict: bool) -> None:
        self._examples = {example.question: example for example in examples}
        self._judge = judge
        self._gold_is_strict = gold_is_strict
        self._fresh: dict[str, str] = {}
        self.usage = Usage()
        self.notes: list[str] = []

    @property
    def are_certain(self) -> bool:
        """Whether no label may be doubted."""
        return self._gold_is_strict and all(example.is_gold for example in self._examples.values())

    def among(self, questions: Sequence[str]) -> list[Example]:
        """The examples that still stand, of these questions."""
        return [self._examples[question] for question in questions if question in self._examples]

    async def holds_against(self, example: Example, got: str) -> bool:
        """Whether the label stands where the tool answered otherwise.

        Raises:
            ModelError: the judge could not answer.
        """
        if example.is_gold:
            if got.strip() == example.answer.strip():
                return False
            if self._gold_is_strict:
                return True
        elif agree(got, example.answer):
            return False
        if self._judge is None:
            return True
        fresh = await self._fresh_answer(self._judge, example.question)
        if agree(fresh, example.answer):
            return True
        self._drop(example, got, fresh)
        return False

    async def _fresh_answer(self, judge: DirectAnswer, question: str) -> str:
        if question not in self._fresh:
            others = [example for example in self._examples.values() if example.question != question]
            self._fresh[question], usage = await judge.answer(question, others)
            self.usage += usage
        return self._fresh[question]

    def _drop(self, example: Example, got: str, fresh: str) -> None:
        """Take the label off the evidence; a fresh answer that agrees with the tool takes its place."""
        self.notes.append(
            f"label {example.answer!r} from {example.source} dropped: "
            f"the tool answers {got!r}, a fresh direct answer {fresh!r}"
        )
        del self._examples[example.question]
        if self._judge and agree(fresh, got):
            self._examples[example.question] = replace(example, answer=got, source=self._judge.model_name)
