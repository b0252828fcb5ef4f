"""The one bridge for callers without an event loop."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import Self

from anyio.from_thread import BlockingPortal, start_blocking_portal

from latm.answer import Answer
from latm.latm import Asked, AsyncLatm
from latm.observing import Observer
from latm.provenance import Making
from latm.question import Scope
from latm.settings import Settings
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
