"""The story: from a question to its answer, and from answers to tools."""

import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from types import TracebackType
from typing import Self
from uuid import uuid4

import anyio

from latm.answer import Answer, Route
from latm.concurrency import gather, plain_errors
from latm.dispatching.catalogue import Catalogue
from latm.dispatching.dispatcher import Dispatch, Dispatcher
from latm.dispatching.model import ModelDispatcher
from latm.errors import ModelTimeoutError, PassingModelError, SettingsError
from latm.ledger import Usage, break_even, expected_questions
from latm.making.maker import Order, ToolMaker
from latm.models import Models, open_models
from latm.models.journal import Journaled
from latm.provenance import Making
from latm.sandbox import open_sandbox
from latm.settings import Settings
from latm.store import AnswerLog, ToolCache
from latm.task import Example, Instance, Task, TaskStatus
from latm.using.direct import DirectAnswer
from latm.using.tool_user import ToolUser

_FOREIGN_PER_TASK = 3
_FOREIGN_AT_MOST = 60
_EXAMPLES_KEPT = 24
_CLAIM_SECONDS = 3600.0


class AsyncLatm:
    """Answers questions, and makes a tool for every kind that comes often enough.

    Use it as an asynchronous context manager; `Latm` is the same for callers without an event loop.

    Args:
        settings: every setting; None: from the environment, `latm.toml` and the defaults.
        models: the models of the roles; None: opened from the settings.
        **overrides: single settings by name.
    """

    def __init__(self, settings: Settings | None = None, *, models: Models | None = None, **overrides: object) -> None:
        base = settings or Settings()
        self.settings = Settings.model_validate(base.model_dump() | overrides) if overrides else base
        self.models = models or open_models(self.settings)
        self._owner = f"{os.getpid()}-{uuid4().hex[:8]}"
        self._passed = 0
        self._direct_usage: defaultdict[str, list[Usage]] = defaultdict(list)

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
        self._user = ToolUser(models.user, self._sandbox) if models.user and settings.tool_user else None
        self._direct = DirectAnswer(models.direct) if models.direct else None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    async def ask(self, question: str) -> Answer:
        """Answer one question. A tool that it gives cause for is made in the background.

        Raises:
            LatmError: the model, the sandbox or the store failed in a way that another question would meet too.
        """
        [answer], ripe = await self._answer([Instance(question)], remaining=None)
        for task in ripe:
            self._background.start_soon(self._make, task)
        return answer

    async def run(self, instances: Iterable[Instance], *, length: int | None = None) -> AsyncIterator[Answer]:
        """Answer a stream, in order. Tools are made between blocks, before the next block is answered.

        Waiting for a tool is what saves most: every question answered meanwhile would cost a model call.

        Args:
            instances: the questions; their `answer` and `task` are not looked at.
            length: how many there are, where that is known; it decides whether a tool will pay.

        Raises:
            LatmError: as `ask`; what was answered before stays on record.
        """
        for block in _blocks(instances, self.settings.block):
            remaining = None if length is None else max(0, length - self._passed - len(block))
            answers, ripe = await self._answer(block, remaining)
            for answer in answers:
                yield answer
            await gather([partial(self._make, task) for task in ripe])

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
        making = await self._make(self.learn(task, examples), examples)
        if making is None:
            raise SettingsError(
                f"A tool for {task!r} is being made elsewhere.", hint="Wait for it, or try again in an hour."
            )
        return making

    async def _answer(self, block: Sequence[Instance], remaining: int | None) -> tuple[list[Answer], list[Task]]:
        """The answers to a block, and the tasks that are now ripe for a tool."""
        self._catalogue.refresh()
        started = time.perf_counter()
        dispatches = await self._dispatcher.dispatch([instance.question for instance in block])
        dispatching = (time.perf_counter() - started) / len(block)
        ladders = [
            partial(self._climb, instance, dispatch, dispatching)
            for instance, dispatch in zip(block, dispatches, strict=True)
        ]
        answers = await gather(ladders)
        self._passed += len(block)
        for answer in answers:
            await self._log.put(answer)
        return answers, self._learn_from(answers, remaining)

    async def _climb(self, instance: Instance, dispatch: Dispatch, seconds: float) -> Answer:
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
            if dispatch.tool and self._user:
                used = await self._user.answer(instance.question, dispatch.tool)
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

    def _learn_from(self, answers: Sequence[Answer], remaining: int | None) -> list[Task]:
        """Keep direct answers as examples of their kinds; return the tasks that are ripe for a tool."""
        touched: dict[str, None] = {}
        for answer in answers:
            if answer.route is not Route.DIRECT or self._direct is None:
                continue
            kind = self._catalogue.kind_of(answer.question)
            name = kind.name if kind else self._catalogue.new_name(answer.question)
            self._direct_usage[name].append(answer.usage)
            if kind and (
                kind.status in {TaskStatus.SERVED, TaskStatus.UNTOOLABLE} or len(kind.examples) >= _EXAMPLES_KEPT
            ):
                continue
            self._catalogue.add_examples(name, [Example(answer.question, answer.text, self._direct.model_name)])
            touched[name] = None
        return [task for task in map(self._catalogue.task, touched) if self._is_ripe(task, remaining)]

    def _is_ripe(self, task: Task, remaining: int | None) -> bool:
        """Whether there are examples enough, more than at the last try, and a tool would pay."""
        wanted = max(self.settings.examples_shown + self.settings.examples_held_out, 2 * task.tried_at)
        if self.settings.making == "never" or self.models.maker is None or len(task.examples) < wanted:
            return False
        direct = self._direct_usage[task.name]
        spent = sum(direct, Usage())
        making = self.cache.average_making_usage() or Usage(input_tokens=self.settings.making_tokens, cost=None)
        more = expected_questions(len(task.examples), self._passed, remaining)
        if making.cost and spent.cost:
            return more >= break_even(float(making.cost), float(spent.cost) / len(direct))
        return more >= break_even(making.tokens, spent.tokens / max(len(direct), 1))

    async def _make(self, task: Task, examples: Sequence[Example] | None = None) -> Making | None:
        """Make one tool, unless another process is making it; what the maker said survives a crash."""
        if self.models.maker is None:
            raise SettingsError("No tool maker is set.", hint="Set one: --maker provider:model, or LATM_MAKER.")
        if not self.cache.claim_making(task.name, self._owner, _CLAIM_SECONDS):
            return None
        try:
            journal = self.cache.journal(task.name)
            model = Journaled(self.models.maker, journal)
            judge = DirectAnswer(Journaled(self.models.direct, journal)) if self.models.direct else None
            maker = ToolMaker(model, judge, self._sandbox, self.settings)
            making, tool = await maker.make(self._order(task, examples or task.examples))
        except BaseException:
            self.cache.release_making(task.name, self._owner)
            raise
        self._catalogue.settle(making, tool)
        return making

    def _order(self, task: Task, examples: Sequence[Example]) -> Order:
        foreign = self._catalogue.foreign_examples(task.name, _FOREIGN_PER_TASK, _FOREIGN_AT_MOST)
        nearest = (
            self._catalogue.candidates(examples[0].question, self.settings.shortlist) if self.settings.reuse else []
        )
        tools = {
            tool.id: tool for near in nearest if near.name != task.name and (tool := self._catalogue.tool(near.name))
        }
        return Order(task.name, examples, foreign, tuple(tools.values()))


def _blocks(instances: Iterable[Instance], size: int) -> Iterable[list[Instance]]:
    block: list[Instance] = []
    for instance in instances:
        block.append(instance)
        if len(block) == size:
            yield block
            block = []
    if block:
        yield block
