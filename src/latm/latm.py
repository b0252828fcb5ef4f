"""The story: from a question to its answer, and from answers to tools."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from typing import Self, Unpack

from latm import asking
from latm.answer import Answer
from latm.answering.answerer import Attempt, Climb
from latm.answering.dispatcher import Engine
from latm.answering.snapshot import Snapshot
from latm.arguments import Overrides, SandboxName, check_parts, own_models, settled
from latm.arriving import Blocks
from latm.asking import Asked, Stream
from latm.auditing import check_goal
from latm.circle import Circle
from latm.errors import LatmError, SettingsError
from latm.form import Compares, Same, same_of
from latm.health import Health
from latm.learning.outlook import Outlook
from latm.ledger import Usage
from latm.lifecycle import Life
from latm.models import Models, open_models
from latm.observing import LoggingObserver, Observer, Observers
from latm.provenance import Making
from latm.question import Scope, scope_of
from latm.reports import Report, judged
from latm.running import Run
from latm.sandbox import Sandbox, open_sandbox
from latm.settings import Settings
from latm.sharing.bundle import Bundle
from latm.shelf import Tools, check_name
from latm.store import Forgotten, ToolCache
from latm.task import Example, Task, scoped
from latm.tool import ToolKind, ToolVersion


class AsyncLatm:
    """Answers questions, and makes a tool for every kind that comes often enough.

    ::

        question ─▶ Answerer (a Snapshot, the sandbox, the models) ─▶ answer
                        ▲                                               │
                     Watcher ◀── store ◀── Writer ◀── Learner ◀─────────┘
                                             ▲─── Workshop (makings)

    Use it by `async with`, or by `open` and `close`, which any tasks of one event loop may call. `Latm` is the same for
    callers without an event loop. Used before it is open, after it is closed, on another loop, or in a forked child,
    it raises a `LifecycleError`, and nothing is spent.

    Args:
        settings: every setting; None: from the environment and the defaults.
        models: the models of the roles; None: opened from the settings.
        sandbox: where tools run: the setting's name of it, or one of your own, not yet started.
        observer: is told everything that happens, beside the `latm` logger.
        form: when two answers to one question are the same: a function `same(one, other)`, or an object with a method
            of that name; None: as latm finds it from the examples of each task.
        engine: asks the tools by many processes if many questions come at once, such as an open
            `latm.engines.fleet.Fleet`; None: the sandbox here does.
        **overrides: single settings by name; a model (`maker`, `user`, `dispatcher`, `direct`) may be a function of
            your own, `async (messages) -> text`, or an object with a method `complete`.

    Raises:
        SettingsError: one of them cannot be used; says which, and its value.
    """

    def __init__(  # noqa: PLR0913  # each is a part of one's own
        self,
        settings: Settings | None = None,
        *,
        models: Models | None = None,
        sandbox: Sandbox | SandboxName | None = None,
        observer: Observer | None = None,
        form: Same | Compares | None = None,
        engine: Engine | None = None,
        **overrides: Unpack[Overrides],
    ) -> None:
        check_parts(models, sandbox, observer)
        own = own_models(overrides)
        named: dict[str, object] = {"sandbox": sandbox} if isinstance(sandbox, str) else {}
        named |= {name: value for name, value in overrides.items() if name not in own}
        self.settings = settled(settings, named)
        check_goal(self.settings)
        self.models = models or open_models(self.settings, own)
        self._sandbox = open_sandbox(self.settings) if sandbox is None or isinstance(sandbox, str) else sandbox
        self._observer = Observers(LoggingObserver(), *([observer] if observer else []))
        self._same = same_of(form)
        self._engine = engine
        if engine is not None and form is not None:
            raise SettingsError("An engine's workers know no `form` of yours.", hint="Leave one of them out.")
        self._life = Life(type(self).__name__)

    async def open(self) -> Self:
        """Open the tool cache, start the sandbox, load what is known.

        Raises:
            LifecycleError: it was opened before.
            StoreError: the tool cache cannot be used.
            SandboxUnavailableError: no jail is available on this machine.
        """
        self._life.begin()
        async with AsyncExitStack() as stack:
            stack.callback(self._life.ended)
            stack.push_async_callback(self.models.close)
            self.cache = await asyncio.to_thread(ToolCache.open, self.settings.store)
            stack.callback(self.cache.close)
            await stack.enter_async_context(self._sandbox)
            parts = (self._sandbox, self.models, self.settings, self._observer, self._same, self._engine)
            self._circle = Circle(self.cache, *parts)
            await self._circle.start(stack)
            self._stack = stack.pop_all()
        self._life.begun()
        return self

    async def close(self, *, wait: bool = True) -> None:
        """Wait for the calls under way, write all answers, and close. Safe to call again, and in a forked child.

        Args:
            wait: also finish the makings in the background; False: break them off, to go on from where they stood when
                they are next tried.

        Raises:
            LifecycleError: it was opened on another event loop.
            StoreFullError: answers could be written nowhere, and are lost now.
        """
        if not self._life.end():
            return
        async with self._stack:
            try:
                await self._life.idle()
                if wait:
                    await self._circle.finish()
            finally:
                await self._circle.cancel()

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self.close(wait=kind is None)

    @property
    def snapshot(self) -> Snapshot:
        """What is known now.

        Raises:
            LifecycleError: this is not open, or not here.
        """
        self._life.demand()
        return self._circle.watcher.snapshot

    @property
    def is_behind(self) -> bool:
        """Whether so many answers wait to be written that more should not be given to learn."""
        return self._circle.writer.waiting >= self.settings.inbox

    def health(self) -> Health:
        """What can be done now; never raises, so that it may stand behind a service's own health page."""
        if problem := self._life.problem():
            return Health(ok=False, reason=str(problem))
        known = self.snapshot.known
        return Health(
            ok=True,
            store_ok=not (self._circle.watcher.is_away or self._circle.writer.is_away),
            tasks=len(known),
            tools=sum(one.tool is not None for one in known),
            makings=self._circle.workshop.under_way,
            unwritten=self._circle.writer.waiting,
        )

    async def ask(
        self,
        question: Asked,
        *,
        instructions: str | None = None,
        scope: Scope | str | None = None,
        max_error: float | None = None,
    ) -> Answer:
        """Answer one question. If it leads to a new tool, that is made in the background.

        Args:
            question: a text, a question or an instance.
            instructions: the system text that comes with it. Questions with other instructions share nothing with it.
            scope: whose question it is: a scope, or the name of a project. None: the question's own.
            max_error: the largest share of wrong answers of a tool that may answer, above 0 and below 1; if none is
                known to err so little, the model answers. None: whichever tool serves.

        Raises:
            InputError: it is not a text, or an empty one; or `max_error` is not such a share.
            LifecycleError: this is not open, or not here.
            ModelError: what another question would meet too: a wrong key, URL or model, a spent quota or budget.
            SandboxError: tools cannot be run safely.
        """
        asked = asking.allowing(asking.worded(question, instructions, scope), max_error)
        with self._life.use():
            asked = self._circle.exact.named(asked)
            [climb] = await self._circle.answerer.dispatch(self._circle.watcher.snapshot, [asked])
            return await self._settled(climb)

    async def attempt(self, question: Asked, *, accepts: Callable[[str], bool] | None = None) -> Attempt:
        """Let the tools try, then earlier answers to the same request, and nobody else.

        What they leave open, the caller asks a model of its own.

        Args:
            question: a text in its scope.
            accepts: whether the caller can use an answer; one that it cannot use does not count. None: it can use any.

        Returns:
            Their answer, on record; or none, and then `learn` takes what the model says.

        Raises:
            InputError: it is not a text, or an empty one.
            LifecycleError: this is not open, or not here.
            SandboxError: tools cannot be run safely.
        """
        asked = asking.worded(question)
        asking.check_accepts(accepts)
        with self._life.use():
            [climb] = await self._circle.answerer.dispatch(self._circle.watcher.snapshot, [asked])
            if isinstance(climb, LatmError):
                raise climb
            await self._circle.exact.find([climb])
            is_one = climb.text is not None and (accepts is None or accepts(climb.text))
            answer = await self._settled(climb) if is_one else None
            return Attempt(climb.dispatch.question, answer, climb)

    def learn_answer(self, attempt: Attempt, text: str, *, usage: Usage, seconds: float = 0.0) -> Answer:
        """Learn what a model of the caller's has answered, as from a direct answer. It waits for nothing.

        Args:
            attempt: what was asked, and what the tools made of it.
            text: the whole answer.
            usage: what it took.
            seconds: from question to answer.

        Returns:
            The answer as it goes on record.

        Raises:
            InputError: the answer is not a text, or an empty one; or the others are not what they should be.
            LifecycleError: this is not open, or not here.
        """
        asking.check_learnt(attempt, text, usage, seconds)
        with self._life.use():
            answer = self._circle.answerer.elsewhere(attempt, text, usage, seconds)
            self._circle.tell([answer])
            self._circle.writer.put([answer])
            return answer

    async def ask_many(
        self, questions: Iterable[Asked], *, instructions: str | None = None, scope: Scope | str | None = None
    ) -> list[Answer]:
        """Answer several questions side by side; the answers in their order. Otherwise as `ask`.

        Raises:
            LatmError: as `ask`, if any of them meets it; the others' answers are on record.
        """
        asking.check_stream(questions)
        asked = [asking.worded(question, instructions, scope) for question in questions]
        with self._life.use():
            asked = [self._circle.exact.named(one) for one in asked]
            begun = await self._circle.answerer.dispatch(self._circle.watcher.snapshot, asked)
            outcomes = await asyncio.gather(*map(self._settled, begun), return_exceptions=True)
        answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return answers

    async def _settled(self, climb: Climb | LatmError) -> Answer:
        """One answer, on record as soon as it is there, whatever becomes of those asked with it."""
        [outcome] = await self._circle.climb([climb])
        if isinstance(outcome, LatmError):
            raise outcome
        self._circle.tell([outcome])
        self._circle.writer.put([outcome])
        return outcome

    def run(
        self,
        questions: Stream | Blocks,
        *,
        length: int | None = None,
        instructions: str | None = None,
        scope: Scope | str | None = None,
    ) -> AsyncIterator[Answer]:
        """Answer a stream, in order. Tools are made between blocks, before the next block is answered.

        Waiting for a tool saves most: every question answered meanwhile would cost a model call. Questions that come
        slowly do not wait for each other: a block that does not fill in about half a second is answered as it is.

        Args:
            questions: texts, questions or instances, from an iterable or an asynchronous one; an instance's `answer`
                and `task` are not looked at. Or blocks of them, which are taken as they are.
            length: how many there are, if that is known; it decides whether a tool will pay.
            instructions: as of `ask`, for all of them.
            scope: as of `ask`, for all of them.

        Raises:
            LifecycleError: this is not open, or not here.
            InputError: these are not questions.
            LatmError: as `ask`; what was answered before stays on record. A making that fails never raises, unless a
                replayed recording lacks what the maker is asked.
        """
        self._life.demand()
        asking.check_length(length)
        if not isinstance(questions, Blocks):
            asking.check_stream(questions)
            questions = Blocks(questions, self.settings.block, length=length, instructions=instructions, scope=scope)
        return Run(self._circle, self._life, questions, length).answers()

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
            InputError: the task has no name, these are not examples, or one is of another scope; nothing is kept.
            LifecycleError: this is not open, or not here.
        """
        asking.check_examples(task, examples)
        examples = scoped(examples, instructions, scope)

        def added() -> Task:
            self.cache.add_examples(task, examples)
            return self.cache.task(task)

        with self._life.use():
            return await self._circle.change(added)

    @property
    def tools(self) -> Tools:
        """All tools, and what a person decides about them."""
        self._life.demand()
        return Tools(self.cache, self._circle, self._life)

    async def written(self) -> None:
        """Wait until all answers that were given are on record, as far as the store takes them."""
        with self._life.use():
            await self._circle.writer.flush()

    async def audited(self) -> None:
        """Wait until every audit that can be carried out now has its verdict."""
        with self._life.use():
            await self._circle.writer.flush()
            await self._circle.auditor.finish()

    async def report(self, serial: str, answer: str | None = None) -> bool:
        """Report that an answer was wrong, or what the right one is: evidence of its own kind, which changes no bound.

        A wrong answer of a tool becomes a case that the tool's next version is checked against.

        Args:
            serial: the answer's, as `Answer.serial` has it.
            answer: the right answer, which may say that the tool's was right; None: it was wrong.

        Returns:
            Whether it is news: False if a model gave the answer, or if it was reported before.

        Raises:
            InputError: no answer on record is called so, or these are not texts.
        """
        asking.check_report(serial, answer)
        said = Report(serial, answer)

        def reported() -> int:
            count, _ = self.cache.report(judged(self.cache, [said], self._same))
            return count

        with self._life.use():
            await self._circle.writer.flush()
            return bool(await self._circle.change(reported))

    async def why(self, task: str) -> Outlook:
        """What is missing for a task's tool, in numbers.

        Raises:
            InputError: the name is not a text, or an empty one.
            NotFoundError: there is no such task; a kind is one once enough of its questions came.
        """
        check_name(task)
        with self._life.use():
            await self._circle.writer.flush()
            return await asyncio.to_thread(self._circle.workshop.outlook, task)

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
            everything: all of them; only if nothing else is given.
            tools: also the tasks with their tools, but for pinned ones; else every tool stays.

        Returns:
            How much was forgotten.

        Raises:
            InputError: nothing says what to forget, or not clearly.
        """
        selection = asking.selected(scope, task, older_than, containing, everything=everything, tools=tools)
        with self._life.use():
            return await self._circle.forget(selection, tools=tools)

    async def adopt(self, making: Making, tool: ToolVersion) -> None:
        """Take a tool into service that was made and verified elsewhere, with the record of its making.

        Raises:
            InputError: these are not a tool and its making, or the making did not lead to the tool.
        """
        asking.check_adopted(making, tool)
        with self._life.use():
            await self._circle.adopt(making, tool)

    async def import_tool(
        self,
        bundle: Bundle,
        *,
        task: str | None = None,
        examples: Sequence[Example] = (),
        instructions: str | None = None,
        scope: Scope | str | None = None,
    ) -> Making:
        """Import a tool that was made elsewhere, once it passes every gate here; its own claims do not count.

        Args:
            bundle: as `latm.sharing.reading.read_bundle` reads it.
            task: what to call its task; None: as it says.
            examples: further ones that it is checked against, beside those that it comes with.
            instructions: as of `ask`; None: those that it comes with.
            scope: as of `ask`, for a project of its own.

        Raises:
            InputError: a gate stops it, there are too few examples, or the task has another scope; nothing is kept.
            LifecycleError: this is not open, or not here.
            SandboxError: the machine failed; nothing was decided.
        """
        asking.check_bundle(bundle)
        name = bundle.task if task is None else task
        asking.check_examples(name, examples, at_least=0)
        asking.check_examples(name, [*bundle.examples, *examples])
        meant = scope_of(instructions, scope, within=bundle.scope)
        held = scoped([*bundle.examples, *examples], scope=meant)
        with self._life.use():
            return await self._circle.workshop.take_in(name, bundle.program, held, bundle.uses)

    async def make(
        self,
        task: str,
        examples: Sequence[Example],
        *,
        instructions: str | None = None,
        scope: Scope | str | None = None,
        protocol: ToolKind | str = ToolKind.COMPILED,
    ) -> Making:
        """Make a tool for a task from examples, whatever the traffic. What is refused leaves nothing behind.

        Args:
            task: its name, unique among all scopes.
            examples: all of the task's scope.
            instructions: as of `ask`, for examples that come without a scope of their own.
            scope: as of `ask`, for examples that come without a scope of their own.
            protocol: `compiled`, or `paper` for a tool as in the paper, which the tool user calls by code that it
                writes for each question.

        Raises:
            InputError: the task has no name, there are too few examples, one is of another scope, or there is no such
                protocol; nothing was kept.
            LifecycleError: this is not open, or not here.
            SettingsError: no tool maker is set, one is making a tool for this task elsewhere, or nobody could call a
                paper tool.
            ModelError: the model could not be asked; nothing was decided, and what it answered so far is kept.
        """
        asking.check_examples(task, examples, at_least=self.settings.examples_shown + self.settings.examples_held_out)
        kind = asking.kind_of_protocol(protocol)
        examples = scoped(examples, instructions, scope)
        with self._life.use():
            self._circle.workshop.demand_maker(kind)
            await self._circle.writer.do(partial(self.cache.add_examples, task, examples))
            return await self._circle.workshop.make(task, examples, kind)
