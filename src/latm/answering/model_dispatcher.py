"""The paper's dispatcher: a light model that names the task of a question or says that it is new."""

from collections.abc import Sequence

from latm.ledger import Usage
from latm.models import Message, Model, Request
from latm.prompting import render
from latm.task import Task

NONE = "NEW"


class ModelDispatcher:
    """Asks a model which of some tasks a question belongs to.

    Args:
        model: a light model is enough.
        examples: how many examples of each task to show.
    """

    def __init__(self, model: Model, *, examples: int = 2) -> None:
        self._model = model
        self._examples = examples

    async def choose(self, question: str, tasks: Sequence[Task]) -> tuple[Task | None, Usage]:
        """The task that the question is an instance of, or None if it is new; and the usage of the call.

        Raises:
            ModelError: the model could not answer.
        """
        if not tasks:
            return None, Usage()
        shown = "\n\n".join(
            f"[{number}]\n" + "\n".join(example.question for example in task.examples[: self._examples])
            for number, task in enumerate(tasks, start=1)
        )
        prompt = render("latm.answering", "choose", kinds=shown, question=question, none=NONE)
        request = Request([Message("user", prompt)], purpose="dispatch", temperature=0.0, max_tokens=16)
        completion = await self._model.complete(request)
        word = completion.text.strip().strip("[].")
        known = word.isdecimal() and len(word) < 10 and 0 < int(word) <= len(tasks)  # noqa: PLR2004  # no task's number is longer
        return tasks[int(word) - 1] if known else None, completion.usage
