"""What a worker does: it runs the tools of a snapshot in its own sandbox. It asks no model and opens no store."""

import asyncio
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Self

from latm import __version__
from latm.answering.dispatcher import Dispatch, Dispatcher
from latm.answering.snapshot import Snapshot
from latm.asking import question_of
from latm.errors import InputError, SettingsError
from latm.question import Question, Scope
from latm.sandbox import open_sandbox
from latm.settings import Settings
from latm.store import ToolCache


class Told(NamedTuple):
    """A dispatch as it travels between processes, with tasks and tools by name.

    Attributes:
        task: the name of the task.
        tool: the name of the task whose tool it is, which may be a sibling.
        text: as in `Dispatch`, like all that follow.
    """

    task: str | None
    tool: str | None
    text: str | None
    evidence: str
    guard: str
    held: str


def packed(snapshot: Snapshot) -> bytes:
    """A snapshot in bytes, for other processes of the same latm."""
    return pickle.dumps(replace(snapshot, _lately={}), protocol=pickle.HIGHEST_PROTOCOL)


def told(dispatch: Dispatch) -> Told:
    """A dispatch in the form in which it goes to another process."""
    task, tool = dispatch.task, dispatch.tool
    names = task.name if task else None, tool.task if tool else None
    return Told(*names, dispatch.text, dispatch.evidence, dispatch.guard, dispatch.held)


def heard(told: Told, question: Question, snapshot: Snapshot) -> Dispatch:
    """The dispatch that another process sent, from the same snapshot."""
    task = None if told.task is None else snapshot.task(told.task)
    tool = None if told.tool is None else snapshot.tool(told.tool)
    return Dispatch(question, task, tool, told.text, told.evidence, guard=told.guard, held=told.held)


class ToolWorker:
    """Asks the tools, shard by shard. Use it with `with`, in a process without an event loop.

    Args:
        settings: the settings of the sandbox, and how many candidates to try.
        version: the version of the latm that sends the shards.

    Raises:
        SettingsError: this latm has another version.
        SandboxUnavailableError: this machine cannot jail tools.
    """

    def __init__(self, settings: Settings, version: str = __version__) -> None:
        if version != __version__:
            raise SettingsError(
                f"A worker has latm {__version__}, and the batch has latm {version}.",
                hint="Install the same version there.",
            )
        self._settings = settings
        self._runner = asyncio.Runner()
        self._sandbox = open_sandbox(settings)
        self._runner.run(self._sandbox.__aenter__())
        self._dispatcher = Dispatcher(self._sandbox, shortlist=settings.shortlist, absences=settings.absences)
        self._snapshot = Snapshot()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox."""
        self._runner.run(self._sandbox.__aexit__(None, None, None))
        self._runner.close()

    def learn(self, snapshot: bytes) -> None:
        """Use a snapshot, in the form that `packed` gives it, from now on."""
        self._snapshot = pickle.loads(snapshot)  # noqa: S301  # sent by the latm that started this one

    def dispatch(self, questions: Sequence[Question]) -> list[Told]:
        """The task of each question and what the tools say, in order.

        Raises:
            SandboxError: the machine failed, not a tool.
        """
        return [told(one) for one in self._runner.run(self._dispatcher.dispatch(self._snapshot, questions))]


class AnswerBatches:
    """Answers tables batch by batch with the tools of a tool cache, for Ray Data's `map_batches` and similar calls.

    Each instance reads the tool cache once, when it is created, and has its own sandbox. It asks no model and learns
    nothing: if `answer` is None, no tool answers, and the question is one for `latm run`.

    Args:
        store: the tool cache; None: the one that the environment or the defaults name.
        column: the column of the questions.
        instructions: the system text that comes with the questions.
        scope: the scope of the questions.

    Raises:
        SettingsError: a setting is not valid.
        StoreError: the tool cache cannot be read.
        SandboxUnavailableError: this machine cannot jail tools.
    """

    def __init__(
        self,
        store: str | None = None,
        *,
        column: str = "question",
        instructions: str | None = None,
        scope: Scope | str | None = None,
    ) -> None:
        settings = Settings() if store is None else Settings(store=store)
        with ToolCache.open(settings.store) as cache:
            changes = cache.changes(0)
        self._column = column
        self._of = (instructions, scope)
        self._worker = ToolWorker(settings)
        self._worker.learn(packed(Snapshot().after(changes.revision, changes.known)))

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Add the columns `answer`, `task`, `tool` and `evidence` to a batch.

        Raises:
            InputError: the batch lacks the column of questions, or a question is not a text.
        """
        if self._column not in batch:
            hint = f"It has {', '.join(map(repr, batch))}."
            raise InputError(f"The batch has no column {self._column!r}.", hint=hint)
        questions = [question_of(_text(value), *self._of) for value in batch[self._column]]
        answers = self._worker.dispatch(questions)
        return {
            **batch,
            "answer": [one.text for one in answers],
            "task": [one.task for one in answers],
            "tool": [one.tool for one in answers],
            "evidence": [one.evidence for one in answers],
        }

    def close(self) -> None:
        """End the sandbox."""
        self._worker.close()


def _text(value: object) -> object:
    """A value of a column as a Python value: arrays have their own text types."""
    return str(value) if isinstance(value, str) else value
