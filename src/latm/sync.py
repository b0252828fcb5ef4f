"""latm for callers without an event loop: `AsyncLatm` behind the one bridge."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Self, TypeVar, Unpack, cast

from latm.answer import Answer
from latm.answering.answerer import Attempt
from latm.arguments import Overrides, SandboxName
from latm.asking import Asked, Stream
from latm.bridge import Bridge
from latm.form import Compares, Same
from latm.health import Health
from latm.latm import AsyncLatm
from latm.learning.outlook import Outlook
from latm.ledger import Usage
from latm.lifecycle import Life
from latm.observing import Observer
from latm.provenance import Making
from latm.question import Scope
from latm.sandbox import Sandbox
from latm.settings import Settings
from latm.sharing.bundle import Bundle
from latm.shelf import SyncTools
from latm.store import Forgotten
from latm.tables import COLUMNS, questions_of, tracked, with_answers
from latm.task import Example, Task
from latm.tool import ToolKind

T = TypeVar("T")
Table = TypeVar("Table")


class Latm:
    """Answers questions, and makes a tool for every kind that comes often enough.

    Use it by `with`, or by `open` and `close`. Any number of threads may share one, whatever event loops they run.

    Example:
        with Latm(maker="openai:gpt-5") as latm:
            print(latm.ask("Sort the following words alphabetically: List: syndrome therefrom").text)

    Args:
        settings: every setting; None: from the environment and the defaults.
        sandbox: where tools run: the setting's name of it, or one of your own, not yet started.
        observer: is told everything that happens, beside the `latm` logger, on a thread of latm's own.
        form: when two answers to one question are the same, if you say so; see `AsyncLatm`.
        **overrides: single settings by name; a model may be a function of your own, see `AsyncLatm`.

    Raises:
        SettingsError: one of them cannot be used; says which, and its value.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        sandbox: Sandbox | SandboxName | None = None,
        observer: Observer | None = None,
        form: Same | Compares | None = None,
        **overrides: Unpack[Overrides],
    ) -> None:
        self._latm = AsyncLatm(settings, sandbox=sandbox, observer=observer, form=form, **overrides)
        self._life = Life(type(self).__name__, follows_loop=False)
        self._bridge: Bridge

    def open(self) -> Self:
        """Open it; see `AsyncLatm.open`."""
        self._life.begin()
        self._bridge = Bridge()
        try:
            self._bridge.call(self._latm.open())
        except BaseException:
            self._bridge.stop()
            self._life.ended()
            raise
        self._life.begun()
        return self

    def close(self, *, wait: bool = True) -> None:
        """Close it; see `AsyncLatm.close`."""
        if not self._life.end():
            return
        try:
            self._bridge.call(self._latm.close(wait=wait))
        finally:
            self._bridge.stop()
            self._life.ended()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close(wait=kind is None)

    def ask(
        self,
        question: Asked,
        *,
        instructions: str | None = None,
        scope: Scope | str | None = None,
        max_error: float | None = None,
    ) -> Answer:
        """Answer one question; see `AsyncLatm.ask`."""
        return self._call(self._latm.ask(question, instructions=instructions, scope=scope, max_error=max_error))

    @property
    def settings(self) -> Settings:
        """Every setting."""
        return self._latm.settings

    @property
    def is_behind(self) -> bool:
        """Whether more should not be given to learn; see `AsyncLatm.is_behind`."""
        return self._latm.is_behind

    def attempt(self, question: Asked, *, accepts: Callable[[str], bool] | None = None) -> Attempt:
        """Let the tools try, and nobody else; `accepts` is called on a thread of latm's own. See `AsyncLatm`."""
        return self._call(self._latm.attempt(question, accepts=accepts))

    def map(  # noqa: PLR0913  # each is one thing to say
        self,
        table: Table,
        column: str = "question",
        *,
        prefix: str = "",
        instructions: str | None = None,
        scope: Scope | str | None = None,
        progress: bool = True,
    ) -> Table:
        """Answer a column of a table, in order, as `run` does.

        Args:
            table: a DataFrame of pandas or polars, or a Hugging Face `Dataset`; it stays as it is.
            column: where the questions are. A missing one is not asked, and its answer is missing.
            prefix: what the names of the new columns begin with.
            instructions: as of `ask`, for all of them.
            scope: as of `ask`, for all of them.
            progress: show a bar, on a terminal or in a notebook.

        Returns:
            A table of the same kind with the columns `answer`, `route`, `task`, `tool` and `cost` (US dollars). An
            answer is missing if the question failed.

        Raises:
            InputError: it is not such a table, the column is missing or no text, or a new column is there already.
            LatmError: as `run`; what was answered before stays on record.
        """
        names = [f"{prefix}{name}" for name in COLUMNS]
        questions = questions_of(table, column, names)
        asked = [question for question in questions if question is not None]
        answers = self.run(asked, length=len(asked), instructions=instructions, scope=scope)
        shown = tracked(answers, len(asked)) if progress else answers
        return cast("Table", with_answers(table, [None if one is None else next(shown) for one in questions], names))

    def learn_answer(self, attempt: Attempt, text: str, *, usage: Usage, seconds: float = 0.0) -> Answer:
        """Learn what a model of the caller's has answered; see `AsyncLatm.learn_answer`."""

        async def learnt() -> Answer:
            return self._latm.learn_answer(attempt, text, usage=usage, seconds=seconds)

        return self._call(learnt())

    def ask_many(
        self, questions: Iterable[Asked], *, instructions: str | None = None, scope: Scope | str | None = None
    ) -> list[Answer]:
        """Answer several questions side by side; see `AsyncLatm.ask_many`."""
        return self._call(self._latm.ask_many(questions, instructions=instructions, scope=scope))

    def run(
        self,
        questions: Stream,
        *,
        length: int | None = None,
        instructions: str | None = None,
        scope: Scope | str | None = None,
    ) -> Iterator[Answer]:
        """Answer a stream, in order; see `AsyncLatm.run`."""
        self._life.demand()
        started = partial(self._latm.run, questions, length=length, instructions=instructions, scope=scope)
        return self._answers(self._call(self._at_once(started)))

    def health(self) -> Health:
        """What can be done now; see `AsyncLatm.health`."""
        if problem := self._life.problem():
            return Health(ok=False, reason=str(problem))
        return self._call(self._at_once(self._latm.health))

    def learn(
        self,
        task: str,
        examples: Sequence[Example],
        *,
        instructions: str | None = None,
        scope: Scope | str | None = None,
    ) -> Task:
        """Let a task be known by more examples; see `AsyncLatm.learn`."""
        return self._call(self._latm.learn(task, examples, instructions=instructions, scope=scope))

    def make(
        self,
        task: str,
        examples: Sequence[Example],
        *,
        instructions: str | None = None,
        scope: Scope | str | None = None,
        protocol: ToolKind | str = ToolKind.COMPILED,
    ) -> Making:
        """Make a tool for a task; see `AsyncLatm.make`."""
        return self._call(self._latm.make(task, examples, instructions=instructions, scope=scope, protocol=protocol))

    def import_tool(
        self,
        bundle: Bundle,
        *,
        task: str | None = None,
        examples: Sequence[Example] = (),
        instructions: str | None = None,
        scope: Scope | str | None = None,
    ) -> Making:
        """Take in a tool that was made elsewhere; see `AsyncLatm.import_tool`."""
        more = {"task": task, "examples": examples, "instructions": instructions, "scope": scope}
        return self._call(self._latm.import_tool(bundle, **more))  # type: ignore[arg-type]  # by name

    @property
    def tools(self) -> SyncTools:
        """The tools that there are, and what a person decides about them; see `AsyncLatm.tools`."""
        return SyncTools(self._call(self._at_once(lambda: self._latm.tools)), self._call)

    def forget(  # noqa: PLR0913  # each is one way to select
        self,
        *,
        scope: Scope | str | None = None,
        task: str | None = None,
        older_than: timedelta | None = None,
        containing: str = "",
        everything: bool = False,
        tools: bool = False,
    ) -> Forgotten:
        """Forget questions and answers; see `AsyncLatm.forget`."""
        what = {"scope": scope, "task": task, "older_than": older_than, "containing": containing}
        call = partial(self._latm.forget, **what, everything=everything, tools=tools)  # type: ignore[arg-type]  # by name
        return self._call(call())

    def written(self) -> None:
        """Wait until all answers are on record; see `AsyncLatm.written`."""
        self._call(self._latm.written())

    def audited(self) -> None:
        """Wait for the audits; see `AsyncLatm.audited`."""
        self._call(self._latm.audited())

    def report(self, serial: str, answer: str | None = None) -> bool:
        """Say that an answer was wrong, or what is right; see `AsyncLatm.report`."""
        return self._call(self._latm.report(serial, answer))

    def why(self, task: str) -> Outlook:
        """What is missing for a task's tool, in numbers; see `AsyncLatm.why`."""
        return self._call(self._latm.why(task))

    async def _at_once(self, call: Callable[[], T]) -> T:
        return call()

    def _answers(self, answers: AsyncIterator[Answer]) -> Iterator[Answer]:
        async def following() -> Answer | None:
            return await anext(answers, None)

        while (answer := self._call(following())) is not None:
            yield answer

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        if problem := self._life.problem():
            work.close()
            raise problem
        return self._bridge.call(work)
