"""What a worker does: the tools of a snapshot, in a sandbox of its own. It asks no model and knows no store."""

import asyncio
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import TracebackType
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
    """A dispatch on its way between processes: tasks and tools by name.

    Attributes:
        task: the name of the task.
        tool: the name of the task whose tool it is: a sibling's, where that answers.
        text: as of `Dispatch`, and so are the others.
    """

    task: str | None
    tool: str | None
    text: str | None
    evidence: str
    guard: str
    held: str


def packed(snapshot: Snapshot) -> bytes:
    """A snapshot for other processes of the same latm."""
    return pickle.dumps(replace(snapshot, _lately={}), protocol=pickle.HIGHEST_PROTOCOL)


def told(dispatch: Dispatch) -> Told:
    """A dispatch as it goes to another process."""
    task, tool = dispatch.task, dispatch.tool
    names = task.name if task else None, tool.task if tool else None
    return Told(*names, dispatch.text, dispatch.evidence, dispatch.guard, dispatch.held)


def heard(told: Told, question: Question, snapshot: Snapshot) -> Dispatch:
    """What was told, in a process that has the same snapshot."""
    task = None if told.task is None else snapshot.task(told.task)
    tool = None if told.tool is None else snapshot.tool(told.tool)
    return Dispatch(question, task, tool, told.text, told.evidence, guard=told.guard, held=told.held)


class ToolWorker:
    """Asks the tools, shard by shard. Used by `with`, in a process that has no event loop.

    Args:
        settings: of the sandbox, and how many candidates are tried.
        version: the latm that sends the shards.

    Raises:
        SettingsError: this is another latm than that.
        SandboxUnavailableError: no jail can be had on this machine.
    """

    def __init__(self, settings: Settings, version: str = __version__) -> None:
        if version != __version__:
            raise SettingsError(
                f"A worker has latm {__version__}, and the batch latm {version}.", hint="Install the same one there."
            )
        self._settings = settings
        self._runner = asyncio.Runner()
        self._sandbox = open_sandbox(settings)
        self._runner.run(self._sandbox.__aenter__())
        self._dispatcher = Dispatcher(self._sandbox, shortlist=settings.shortlist, absences=settings.absences)
        self._snapshot = Snapshot()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox."""
        self._runner.run(self._sandbox.__aexit__(None, None, None))
        self._runner.close()

    def learn(self, snapshot: bytes) -> None:
        """Know what a snapshot knows from now on, as `packed` has it."""
        self._snapshot = pickle.loads(snapshot)  # noqa: S301  # it comes from the latm that started this one

    def dispatch(self, questions: Sequence[Question]) -> list[Told]:
        """Where questions belong, and what the tools say, in order.

        Raises:
            SandboxError: the machine failed, not a tool.
        """
        return [told(one) for one in self._runner.run(self._dispatcher.dispatch(self._snapshot, questions))]


class AnswerBatches:
    """Answers tables batch by batch by the tools of a tool cache, for Ray Data's `map_batches` and its like.

    Each instance reads the tool cache once, when it is made, and has a sandbox of its own. It asks no model and learns
    nothing: where `answer` is None, no tool answers, and the question is one for `latm run`.

    Args:
        store: the tool cache; None: as the environment and the defaults have it.
        column: where the questions are.
        instructions: the system text that comes with them.
        scope: whose they are.

    Raises:
        SettingsError: a setting cannot be used.
        StoreError: the tool cache cannot be read.
        SandboxUnavailableError: no jail can be had on this machine.
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
        """A batch with the columns `answer`, `task`, `tool` and `evidence`.

        Raises:
            InputError: it has no such column, or a question is no text.
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
    """A value of a column as Python has it: arrays have texts of their own."""
    return str(value) if isinstance(value, str) else value
