"""The one bridge for callers without an event loop."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Self

from anyio.from_thread import BlockingPortal, start_blocking_portal

from latm.answer import Answer
from latm.latm import Asked, AsyncLatm
from latm.learning.outlook import Outlook
from latm.observing import Observer
from latm.provenance import Making
from latm.question import Scope
from latm.settings import Settings
from latm.shelf import SyncTools
from latm.store import Forgotten
from latm.task import Example, Task


class Latm:
    """Answers questions, and makes a tool for every kind that comes often enough.

    Example:
        with Latm(maker="openai:gpt-5") as latm:
            print(latm.ask("Sort the following words alphabetically: List: syndrome therefrom").text)

    Args:
        settings: every setting; None: from the environment, `latm.toml` and the defaults.
        observer: is told everything that happens, beside the `latm` logger.
        **overrides: single settings by name.
    """

    def __init__(
        self, settings: Settings | None = None, *, observer: Observer | None = None, **overrides: object
    ) -> None:
        self._latm = AsyncLatm(settings, observer=observer, **overrides)  # type: ignore[arg-type]  # settings by name

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._portal: BlockingPortal = stack.enter_context(start_blocking_portal())
            stack.enter_context(self._portal.wrap_async_context_manager(self._latm))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def ask(self, question: Asked, *, instructions: str | None = None, scope: Scope | str | None = None) -> Answer:
        """Answer one question; see `AsyncLatm.ask`."""
        return self._portal.call(partial(self._latm.ask, question, instructions=instructions, scope=scope))

    def learn(
        self,
        task: str,
        examples: Sequence[Example],
        *,
        instructions: str | None = None,
        scope: Scope | str | None = None,
    ) -> Task:
        """Let a task be known by more examples; see `AsyncLatm.learn`."""
        return self._portal.call(partial(self._latm.learn, task, examples, instructions=instructions, scope=scope))

    def make(
        self,
        task: str,
        examples: Sequence[Example],
        *,
        instructions: str | None = None,
        scope: Scope | str | None = None,
    ) -> Making:
        """Make a tool for a task; see `AsyncLatm.make`."""
        return self._portal.call(partial(self._latm.make, task, examples, instructions=instructions, scope=scope))

    @property
    def tools(self) -> SyncTools:
        """The tools that there are, and what a person decides about them; see `AsyncLatm.tools`."""
        return SyncTools(self._latm.tools, self._portal.call)

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
        return self._portal.call(call)

    def why(self, task: str) -> Outlook:
        """What is missing for a task's tool, in numbers; see `AsyncLatm.why`."""
        return self._portal.call(self._latm.why, task)

    def run(
        self,
        questions: Iterable[Asked],
        *,
        length: int | None = None,
        instructions: str | None = None,
        scope: Scope | str | None = None,
    ) -> Iterator[Answer]:
        """Answer a stream, in order; see `AsyncLatm.run`."""
        answers = self._latm.run(questions, length=length, instructions=instructions, scope=scope)
        while True:
            try:
                yield self._portal.call(answers.__anext__)
            except StopAsyncIteration:
                return
