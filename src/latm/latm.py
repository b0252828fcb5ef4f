"""The story: from a question to its answer, and from answers to tools."""

import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Self

import anyio
from anyio import to_thread

from latm.answer import Answer, Route
from latm.concurrency import gather, plain_errors
from latm.dispatching.catalogue import Catalogue
from latm.dispatching.dispatcher import Dispatch, Dispatcher
from latm.dispatching.model import ModelDispatcher
from latm.errors import LatmError, ModelTimeoutError, PassingModelError
from latm.learning import Learner
from latm.ledger import Usage
from latm.models import Models, open_models
from latm.provenance import Making
from latm.sandbox import open_sandbox
from latm.settings import Settings, load_settings
from latm.store import AnswerLog, ToolCache
from latm.task import Example, Instance, Task
from latm.tool import ToolKind
from latm.using.direct import DirectAnswer
from latm.using.paper_user import PaperToolUser
from latm.using.tool_user import ToolUser


class AsyncLatm:
    """Answers questions, and makes a tool for every kind that comes often enough.

    Use it as an asynchronous context manager; `Latm` is the same for callers without an event loop.

    Args:
        settings: every setting; None: from the environment, `latm.toml` and the defaults.
        models: the models of the roles; None: opened from the settings.
        **overrides: single settings by name.
    """

    def __init__(self, settings: Settings | None = None, *, models: Models | None = None, **overrides: object) -> None:
        self.settings = settings if settings and not overrides else load_settings(_given(settings) | overrides)
        self.models = models or open_models(self.settings)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.models.close)
            self.cache = stack.enter_context(ToolCache.open(self.settings.store))
            self._log = await stack.enter_async_context(AnswerLog(self.cache))
            self._sandbox = await stack.enter_async_context(open_sandbox(self.settings))
            stack.enter_context(plain_errors())
            self._background = await stack.enter_async_context(anyio.create_task_group())
            self._assemble()
            self._stack = stack.pop_all()
        return self

    def _assemble(self) -> None:
        settings, models = self.settings, self.models
        self._catalogue = Catalogue(self.cache)
        chooser = ModelDispatcher(models.dispatcher) if models.dispatcher else None
        self._dispatcher = Dispatcher(self._catalogue, self._sandbox, shortlist=settings.shortlist, model=chooser)
        self._users: dict[ToolKind, ToolUser | PaperToolUser] = {}
        if models.user and settings.tool_user:
            self._users[ToolKind.COMPILED] = ToolUser(models.user, self._sandbox)
            self._users[ToolKind.PAPER] = PaperToolUser(models.user, self._sandbox)
        self._direct = DirectAnswer(models.direct) if models.direct else None
        self._learner = Learner(self.cache, self._catalogue, self._sandbox, models, settings)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    async def ask(self, question: str) -> Answer:
        """Answer one question. A tool that it gives cause for is made in the background.

        Raises:
            LatmError: the model, the sandbox or the store failed in a way that another question would meet too.
        """
        answered = await self._answer([Instance(question)], remaining=None)
        if answered.error:
            raise answered.error
        self._background.start_soon(self._learner.make_ripe, answered.ripe)
        return answered.answers[0]

    async def run(self, instances: Iterable[Instance], *, length: int | None = None) -> AsyncIterator[Answer]:
        """Answer a stream, in order. Tools are made between blocks, before the next block is answered.

        Waiting for a tool is what saves most: every question answered meanwhile would cost a model call.

        Args:
            instances: the questions; their `answer` and `task` are not looked at.
            length: how many there are, where that is known; it decides whether a tool will pay.

        Raises:
            LatmError: as `ask`; what was answered before stays on record.
        """
        passed = 0
        blocks, no_more = _blocks(instances, self.settings.block), list[Instance]()
        while block := await to_thread.run_sync(next, blocks, no_more, abandon_on_cancel=True):
            passed += len(block)
            answered = await self._answer(block, None if length is None else max(0, length - passed))
            for answer in answered.answers:
                yield answer
            if answered.error:
                raise answered.error
            await self._learner.make_ripe(answered.ripe)

    def learn(self, task: str, examples: Sequence[Example]) -> Task:
        """Let a task, known or new, be known by more examples, without making a tool."""
        return self._catalogue.add_examples(task, examples)

    async def make(self, task: str, examples: Sequence[Example]) -> Making:
        """Make a tool for a task from examples, whatever the traffic.

        Raises:
            InputError: there are too few examples.
            SettingsError: no tool maker is set.
            ModelError: the model could not be asked; nothing was decided, and what it answered so far is kept.
        """
        return await self._learner.make(task, examples)

    async def _answer(self, block: Sequence[Instance], remaining: int | None) -> "_Answered":
        """Answer a block; what was answered goes on record, even where one question stops the run."""
        self._catalogue.refresh()
        started = time.perf_counter()
        dispatches = await self._dispatcher.dispatch([instance.question for instance in block])
        seconds = (time.perf_counter() - started) / len(block)
        pairs = zip(block, dispatches, strict=True)
        outcomes = await gather([partial(self._climb, instance, dispatch, seconds) for instance, dispatch in pairs])
        answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
        error = next((outcome for outcome in outcomes if isinstance(outcome, LatmError)), None)
        ripe = [] if error else self._learner.learn(answers, remaining)
        answers = [self._learner.placed(answer) for answer in answers]
        for answer in answers:
            await self._log.put(answer)
        return _Answered(answers[: outcomes.index(error)] if error else answers, ripe, error)

    async def _climb(self, instance: Instance, dispatch: Dispatch, seconds: float) -> Answer | LatmError:
        """The ladder's answer, or the error that stops the run."""
        try:
            return await self._ladder(instance, dispatch, seconds)
        except LatmError as error:
            return error

    async def _ladder(self, instance: Instance, dispatch: Dispatch, seconds: float) -> Answer:
        """The ladder: tool, tool user, direct answer."""
        started = time.perf_counter()
        task = dispatch.task.name if dispatch.task else None
        tool_id = dispatch.tool.id if dispatch.tool else None
        usage, evidence = Usage(), dispatch.evidence

        def answered(text: str, route: Route) -> Answer:
            spent = seconds + time.perf_counter() - started
            by = tool_id if route in {Route.TOOL, Route.TOOL_USER} else None
            return Answer(instance.question, text, route, task, by, usage, spent, evidence, instance.id)

        if dispatch.text is not None:
            return answered(dispatch.text, Route.TOOL)
        try:
            if dispatch.tool and (user := self._users.get(dispatch.tool.kind)):
                used = await user.answer(instance.question, dispatch.tool)
                usage += used.usage
                evidence = f"{evidence}; {used.evidence}"
                if used.text is not None:
                    return answered(used.text, Route.TOOL_USER)
            if self._direct is None:
                evidence = f"{evidence}; no model is set"
                return answered("", Route.FAILED)
            gold = dispatch.task.examples if dispatch.task else ()
            text, spent = await self._direct.answer(instance.question, gold)
            usage += spent
            return answered(text, Route.DIRECT)
        except (PassingModelError, ModelTimeoutError) as error:
            evidence = f"{evidence}; {error.message}"
            return answered("", Route.FAILED)


@dataclass(frozen=True, slots=True)
class _Answered:
    """What became of a block: its answers up to the question that stopped the run, if one did."""

    answers: Sequence[Answer]
    ripe: Sequence[Task]
    error: LatmError | None = None


def _given(settings: Settings | None) -> dict[str, Any]:
    return settings.model_dump() if settings else {}


def _blocks(instances: Iterable[Instance], size: int) -> Iterator[list[Instance]]:
    block: list[Instance] = []
    for instance in instances:
        block.append(instance)
        if len(block) == size:
            yield block
            block = []
    if block:
        yield block
