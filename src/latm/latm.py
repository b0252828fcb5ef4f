"""The story: from a question to its answer, and from answers to tools."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from types import TracebackType
from typing import Any, Self, TypeGuard

from latm.answer import Answer, Route
from latm.answering.answerer import Answerer, Climb
from latm.answering.snapshot import Snapshot
from latm.errors import InputError, LatmError
from latm.learning.inbox import Learnt
from latm.learning.learner import Learner
from latm.learning.outlook import Outlook
from latm.learning.spill import Spill
from latm.learning.watcher import Watcher
from latm.learning.workshop import Workshop
from latm.learning.writer import Writer
from latm.models import Models, Own, open_models
from latm.observing import Answered, LoggingObserver, Observer, Observers
from latm.provenance import Making
from latm.question import Question, Scope, scope_of
from latm.sandbox import Sandbox, open_sandbox
from latm.settings import Settings, load_settings
from latm.shelf import Tools
from latm.store import Forgotten, Selection, ToolCache, before
from latm.task import Example, Instance, Task, scoped
from latm.tool import ToolVersion

_FURTHEST = 32
"""Blocks that a run looks ahead at most: the more questions a tool gets at once, the less each of them costs."""

_ROLES = ("maker", "user", "dispatcher", "direct")

Asked = str | Question | Instance
"""What may be asked: a text, a text with its scope, or an instance of a stream."""


class AsyncLatm:
    """Answers questions, and makes a tool for every kind that comes often enough.

        question ─▶ Answerer (a Snapshot, the sandbox, the models) ─▶ answer
                        ▲                                               │
                     Watcher ◀── store ◀── Writer ◀── Learner ◀─────────┘
                                             ▲─── Workshop (makings)

    Use it as an asynchronous context manager; `Latm` is the same for callers without an event loop.

    Args:
        settings: every setting; None: from the environment, `latm.toml` and the defaults.
        models: the models of the roles; None: opened from the settings.
        sandbox: where tools run, not yet started; None: the one that the settings name.
        observer: is told everything that happens, beside the `latm` logger.
        **overrides: single settings by name; a model (`maker`, `user`, `dispatcher`, `direct`) may be a function of
            your own, `async (messages) -> text`, or an object with a method `complete`.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        models: Models | None = None,
        sandbox: Sandbox | None = None,
        observer: Observer | None = None,
        **overrides: object,
    ) -> None:
        own = {role: model for role in _ROLES if _is_own(model := overrides.get(role))}
        overrides = {name: value for name, value in overrides.items() if name not in own}
        self.settings = settings if settings and not overrides else load_settings(_given(settings) | overrides)
        self.models = models or open_models(self.settings, own)
        self._sandbox = sandbox or open_sandbox(self.settings)
        self._observer = Observers(LoggingObserver(), *([observer] if observer else []))

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.models.close)
            self.cache = await asyncio.to_thread(ToolCache.open, self.settings.store)
            stack.callback(self.cache.close)
            await stack.enter_async_context(self._sandbox)
            self._assemble()
            await asyncio.to_thread(self._begin)
            stack.callback(self._watcher.stop)
            stack.push_async_callback(self._writer.stop)
            stack.push_async_exit(self._end_makings)
            self._stack = stack.pop_all()
        return self

    def _assemble(self) -> None:
        settings, models, observer = self.settings, self.models, self._observer
        self._answerer = Answerer(self._sandbox, models, settings, observer)
        self._watcher = Watcher(self.cache, observer)
        direct = models.direct.name if models.direct else None
        self._learner = Learner(self.cache, self._watcher, settings, source=direct, makes=models.maker is not None)
        loop = asyncio.get_running_loop()
        self._spill = Spill(self.cache.file)
        self._writer = Writer(
            self._learner,
            self._spill,
            observer,
            bound=settings.inbox,
            on_ripe=lambda ripe: loop.call_soon_threadsafe(partial(self._workshop.start, ripe)),
        )
        self._workshop = Workshop(self.cache, self._writer, self._watcher, self._sandbox, models, settings, observer)

    def _begin(self) -> None:
        self._watcher.start()
        if spilled := self._spill.take():
            self._learner.learn(spilled, None)
            self._spill.clear()
        self._learner.recall()
        self._writer.start()

    async def _end_makings(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Makings under way are finished; where something broke, they are broken off and taken up again later."""
        del error, trace
        if kind is None:
            await self._writer.flush()
            await self._workshop.finish()
        else:
            await self._workshop.cancel()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    @property
    def snapshot(self) -> Snapshot:
        """What is known now."""
        return self._watcher.snapshot

    async def ask(
        self, question: Asked, *, instructions: str | None = None, scope: Scope | str | None = None
    ) -> Answer:
        """Answer one question. A tool that it gives cause for is made in the background.

        Args:
            question: a text, a question or an instance.
            instructions: the system text that comes with it. Questions with other instructions share nothing with it.
            scope: whose question it is: a scope, or the name of a project. None: the question's own.

        Raises:
            InputError: it is no text, or an empty one.
            LatmError: the model or the sandbox failed in a way that another question would meet too.
        """
        asked = _question(question, instructions, scope)
        if not asked.text.strip():
            raise InputError("The question is empty.", hint="Ask something.")
        [answer] = await self._answerer.answer(self._watcher.snapshot, [asked])
        if isinstance(answer, LatmError):
            raise answer
        self._told([answer])
        self._writer.put([answer])
        return answer

    async def run(
        self,
        questions: Iterable[Asked],
        *,
        length: int | None = None,
        instructions: str | None = None,
        scope: Scope | str | None = None,
    ) -> AsyncIterator[Answer]:
        """Answer a stream, in order. Tools are made between blocks, before the next block is answered.

        Waiting for a tool is what saves most: every question answered meanwhile would cost a model call.

        Args:
            questions: texts, questions or instances; an instance's `answer` and `task` are not looked at.
            length: how many there are, where that is known; it decides whether a tool will pay.
            instructions: as of `ask`, for all of them.
            scope: as of `ask`, for all of them.

        Raises:
            LatmError: as `ask`; what was answered before stays on record. A making that fails never raises, unless a
                replayed recording lacks what the maker is asked.
        """
        passed, window = 0, 1
        may_look_ahead = length is not None or isinstance(questions, Sequence)
        blocks = _blocks(questions, self.settings.block, instructions, scope)
        while ahead := await _next(blocks, questions, window):
            seen = self._watcher.snapshot
            begun = deque(await self._answerer.dispatch(seen, [question for block in ahead for question in block]))
            for place, block in enumerate(ahead):
                if seen is not self._watcher.snapshot:
                    # What was learnt from the blocks before may have changed where these questions belong.
                    seen, window = self._watcher.snapshot, 0
                    left = [question for later in ahead[place:] for question in later]
                    begun = deque(await self._answerer.dispatch(seen, left))
                passed += len(block)
                own = [begun.popleft() for _ in block]
                answered = await self._climb_block(own, None if length is None else max(0, length - passed))
                for answer in answered.answers:
                    yield answer
                if answered.error:
                    raise answered.error
                await self._workshop.make_ripe(answered.ripe)
            window = min(2 * window or 1, _FURTHEST) if may_look_ahead else 1

    async def _climb_block(self, begun: Sequence[Climb | LatmError], remaining: int | None) -> "_Answered":
        """Answer a block; what was answered goes on record, even where one question stops the run."""
        outcomes = await self._answerer.climb(begun)
        answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
        error = next((outcome for outcome in outcomes if isinstance(outcome, LatmError)), None)
        if all(answer.route is Route.TOOL for answer in answers):
            self._writer.put(answers)
            ripe: Sequence[str] = ()
        else:
            learnt = await self._writer.learn(answers, remaining)
            ripe = learnt.ripe
            answers = [_placed(answer, learnt) for answer in answers]
        self._told(answers)
        return _Answered(answers[: outcomes.index(error)] if error else answers, () if error else ripe, error)

    def _told(self, answers: Sequence[Answer]) -> None:
        for answer in answers:
            self._observer.on_event(Answered(answer))

    async def learn(
        self,
        task: str,
        examples: Sequence[Example],
        *,
        instructions: str | None = None,
        scope: Scope | str | None = None,
    ) -> Task:
        """Let a task, known or new, be known by more examples, without making a tool.

        Args:
            task: its name, unique among all scopes.
            examples: all of the task's scope.
            instructions: as of `ask`, for examples that come without a scope of their own.
            scope: as of `ask`, for examples that come without a scope of their own.

        Raises:
            InputError: an example is of another scope; nothing is kept.
        """
        examples = scoped(examples, instructions, scope)

        def added() -> Task:
            self.cache.add_examples(task, examples)
            self._watcher.refresh()
            return self.cache.task(task)

        return await self._writer.do(added)

    @property
    def tools(self) -> Tools:
        """The tools that there are, and what a person decides about them."""
        return Tools(self.cache, self._writer, self._watcher)

    async def why(self, task: str) -> Outlook:
        """What is missing for a task's tool, in numbers.

        Raises:
            NotFoundError: there is no such task; a kind is one once enough of its questions came.
        """
        await self._writer.flush()
        return await asyncio.to_thread(self._workshop.outlook, task)

    async def forget(  # noqa: PLR0913  # each is one way to select
        self,
        *,
        scope: Scope | str | None = None,
        task: str | None = None,
        older_than: timedelta | None = None,
        containing: str = "",
        everything: bool = False,
        tools: bool = False,
    ) -> Forgotten:
        """Forget questions and answers: in the log, as examples, and in the conversations that made tools.

        Args:
            scope: those of this scope; or of all scopes of this project, by its name.
            task: those of this task.
            older_than: those older than this.
            containing: those with this text in the question or in the answer.
            everything: all of them; only where nothing else is given.
            tools: also the tasks with their tools, but for pinned ones; else every tool stays.

        Returns:
            How much was forgotten.

        Raises:
            InputError: nothing says what to forget.
        """
        if everything == bool(scope is not None or task is not None or older_than is not None or containing):
            raise InputError("Say what to forget.", hint="Give scope, task, older_than or containing; or everything.")
        exact, project = (scope, None) if isinstance(scope, Scope) else (None, scope)
        oldest = before(datetime.now(UTC) - older_than) if older_than is not None else ""
        selection = Selection(exact, project, task=task, before=oldest, containing=containing)

        def forgotten() -> Forgotten:
            if spilled := self._spill.take():
                self._learner.learn(spilled, None)
                self._spill.clear()
            gone = self.cache.forget(selection, tools=tools)
            self._learner.forget()
            return gone

        await self._writer.flush()
        return await self._writer.do(forgotten)

    async def adopt(self, making: Making, tool: ToolVersion) -> None:
        """Take a tool into service that was made and verified elsewhere, with the record of its making."""

        def adopted() -> None:
            self.cache.record_making(
                making,
                tool.program,
                owner=None,
                came=0,
                demonstrations=tool.demonstrations,
                verification=tool.verification,
            )
            self._watcher.refresh()

        await self._writer.do(adopted)

    async def make(
        self,
        task: str,
        examples: Sequence[Example],
        *,
        instructions: str | None = None,
        scope: Scope | str | None = None,
    ) -> Making:
        """Make a tool for a task from examples, whatever the traffic. What is refused leaves nothing behind.

        Args:
            task: its name, unique among all scopes.
            examples: all of the task's scope.
            instructions: as of `ask`, for examples that come without a scope of their own.
            scope: as of `ask`, for examples that come without a scope of their own.

        Raises:
            InputError: there are too few examples, or one is of another scope than the task.
            SettingsError: no tool maker is set, or one is making a tool for this task elsewhere.
            ModelError: the model could not be asked; nothing was decided, and what it answered so far is kept.
        """
        examples = scoped(examples, instructions, scope)
        self._workshop.check(task, examples)
        await self._writer.do(partial(self.cache.add_examples, task, examples))
        return await self._workshop.make(task, examples)


@dataclass(frozen=True, slots=True)
class _Answered:
    """What became of a block: its answers up to the question that stopped the run, if one did."""

    answers: Sequence[Answer]
    ripe: Sequence[str]
    error: LatmError | None = None


def _placed(answer: Answer, learnt: Learnt) -> Answer:
    """The answer under the task that its question became an example of, where it was of no known kind before."""
    if answer.task is not None or answer.route is not Route.DIRECT:
        return answer
    return replace(answer, task=learnt.placed.get((answer.scope.digest, answer.question)))


def _is_own(model: object) -> TypeGuard[Own]:
    """Whether a model is a function or an object of the caller's rather than a name."""
    return callable(model) or hasattr(model, "complete")


def _given(settings: Settings | None) -> dict[str, Any]:
    return settings.model_dump() if settings else {}


def _question(asked: Asked, instructions: str | None, scope: Scope | str | None) -> Question:
    """What was asked, as a question in its scope.

    Raises:
        InputError: it is none.
    """
    match asked:
        case str():
            question = Question(asked)
        case Question():
            question = asked
        case Instance():
            question = asked.asked
        case _:
            raise _no_question(asked)
    if instructions is None and scope is None:
        return question
    return replace(question, scope=scope_of(instructions, scope, within=question.scope))


def _no_question(asked: object) -> InputError:
    return InputError(
        f"A question is a text, and this is a {type(asked).__name__}: {str(asked)[:60]!r}.",
        hint="Ask a str, or a latm.Question.",
    )


async def _next(blocks: Iterator[list[Question]], source: Iterable[Asked], count: int) -> list[list[Question]]:
    """The next blocks, so many at most; off the event loop where the source may have to wait for more."""
    if isinstance(source, Sequence):
        return list(islice(blocks, count))
    return await asyncio.to_thread(lambda: list(islice(blocks, count)))


def _blocks(
    questions: Iterable[Asked], size: int, instructions: str | None, scope: Scope | str | None
) -> Iterator[list[Question]]:
    block: list[Question] = []
    for asked in questions:
        block.append(_question(asked, instructions, scope))
        if len(block) == size:
            yield block
            block = []
    if block:
        yield block
