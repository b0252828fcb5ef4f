"""Labels: the answers that a tool is verified against, and what happens if tool and label differ."""

from collections.abc import Sequence
from dataclasses import replace

from latm.answering.direct import DirectAnswer
from latm.form import Form, Sameness
from latm.ledger import Usage
from latm.making.pairs import PairJudge
from latm.question import Question
from latm.task import Example


class Labels:
    """The examples of one making. A wrong label must neither kill a right tool nor pass a wrong one.

    Args:
        examples: in order; the first ones are shown to the maker, the rest held out.
        judge: gives the fresh direct answer that decides if a tool and a label differ; None: every label stands.
        form: when two answers are the same.
        gold_is_strict: a gold label is never doubted.
        pairs: asked once for each class of pairs of which the form cannot tell whether they say the same; None: nobody.

    Attributes:
        form: as given, with what was said of such classes.
        usage: what fresh answers have spent.
        notes: for people: each label that fell, with its evidence, and each class of pairs that was judged.
        dropped: the questions of labels that fell and that no fresh answer replaced, each with why.
        rewritten: labels that a tool answered with the same content, written differently.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        judge: DirectAnswer | None,
        form: Form,
        *,
        gold_is_strict: bool,
        pairs: PairJudge | None = None,
    ) -> None:
        self._examples = {example.question: example for example in examples}
        self._judge = judge
        self.form = form
        self._gold_is_strict = gold_is_strict
        self._pairs = pairs
        self._fresh: dict[str, str] = {}
        self.usage = Usage()
        self.notes: list[str] = []
        self.dropped: dict[str, str] = {}
        self.rewritten: set[str] = set()

    @property
    def are_certain(self) -> bool:
        """Whether no label may be doubted."""
        return self._gold_is_strict and all(example.is_gold for example in self._examples.values())

    def among(self, questions: Sequence[str]) -> list[Example]:
        """The examples that still stand, of these questions."""
        return [self._examples[question] for question in questions if question in self._examples]

    async def holds_against(self, example: Example, got: str) -> bool:
        """Whether the label stands if the tool answered otherwise.

        Raises:
            ModelError: the judge could not answer.
        """
        sameness = await self._compared(got, example)
        if sameness is not Sameness.DIFFERENT:
            if sameness is Sameness.REWRITTEN:
                self.rewritten.add(example.question)
            return False
        if self._judge is None or (example.is_gold and self._gold_is_strict):
            return True
        fresh = await self._fresh_answer(self._judge, example)
        if self.form.same(fresh, example.answer):
            return True
        self._drop(example, got, fresh)
        return False

    async def fresh(self, question: str, like: str) -> str | None:
        """A fresh direct answer to a question that was made from an example; None if no model can be asked.

        Args:
            question: the changed one.
            like: the example's.

        Raises:
            ModelError: the judge could not answer.
        """
        if self._judge is None or (example := self._examples.get(like)) is None:
            return None
        return await self._fresh_answer(self._judge, replace(example, question=question))

    async def _compared(self, got: str, example: Example) -> Sameness:
        """How the tool's answer and the label compare; if the form cannot tell, a model may be asked."""
        sameness = self.form.compare(got, example.answer)
        if sameness is not Sameness.DIFFERENT or self._pairs is None:
            return sameness
        known = len(self.form.rulings)
        self.form, usage = await self._pairs.ruled(self.form, example, got)
        self.usage += usage
        self.notes += [
            f"{example.answer!r} and {got!r} were judged to say {'the same' if ruling.same else 'different things'}"
            for ruling in self.form.rulings[known:]
        ]
        return self.form.compare(got, example.answer)

    async def _fresh_answer(self, judge: DirectAnswer, example: Example) -> str:
        question = example.question
        if question not in self._fresh:
            others = [one for one in self._examples.values() if one.question != question]
            self._fresh[question], usage = await judge.answer(Question(question, example.scope), others)
            self.usage += usage
        return self._fresh[question]

    def _drop(self, example: Example, got: str, fresh: str) -> None:
        """Take the label off the evidence; a fresh answer that agrees with the tool takes its place."""
        why = f"the tool answers {got!r}, a fresh direct answer {fresh!r}"
        self.notes.append(f"label {example.answer!r} from {example.source} dropped: {why}")
        self.dropped[example.question] = why
        self._examples.pop(example.question, None)
        if self._judge and self.form.same(fresh, got):
            self._examples[example.question] = replace(example, answer=got, source=self._judge.model_name)
