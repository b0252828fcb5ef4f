"""The story: from a question to its answer, and from answers to tools."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Self, Unpack

from latm.answer import Answer, Route
from latm.answering.answerer import Answerer, Attempt, Climb
from latm.answering.snapshot import Snapshot
from latm.arguments import Overrides, SandboxName, check_parts, own_models, settled
from latm.asking import (
    Asked,
    Blocks,
    Stream,
    allowing,
    check_examples,
    check_length,
    check_selection,
    check_stream,
    worded,
)
from latm.auditing import asks, check_goal, goal_of
from latm.errors import InputError, LatmError
from latm.form import Compares, Same, same_of
from latm.health import Health
from latm.learning.auditor import Auditor
from latm.learning.inbox import Learnt
from latm.learning.learner import Learner
from latm.learning.outlook import Outlook
from latm.learning.spill import Spill
from latm.learning.watcher import Watcher
from latm.learning.workshop import Workshop
from latm.learning.writer import Writer
from latm.ledger import Usage
from latm.lifecycle import Life
from latm.models import Models, open_models
from latm.observing import Answered, LoggingObserver, Observer, Observers
from latm.provenance import Making
from latm.question import Question, Scope
from latm.reports import Report, judged
from latm.sandbox import Sandbox, open_sandbox
from latm.settings import Settings
from latm.shelf import Tools, check_name
from latm.store import Forgotten, Selection, ToolCache, before
from latm.task import Example, Task, scoped
from latm.tool import ToolVersion

_FURTHEST = 32
"""Blocks that a run looks ahead at most: the more questions a tool gets at once, the less each of them costs."""


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
        **overrides: single settings by name; a model (`maker`, `user`, `dispatcher`, `direct`) may be a function of
            your own, `async (messages) -> text`, or an object with a method `complete`.

    Raises:
        SettingsError: one of them cannot be used; says which, and its value.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        models: Models | None = None,
        sandbox: Sandbox | SandboxName | None = None,
        observer: Observer | None = None,
        form: Same | Compares | None = None,
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
        self._life = Life(type(self).__name__)

    async def open(self) -> Self:
        """Open the tool cache, start the sandbox, load what is known.

        Raises:
            LifecycleError: it was opened before.
            StoreError: the tool cache cannot be used.
            SandboxUnavailableError: no jail can be had on this machine.
        """
        self._life.begin()
        async with AsyncExitStack() as stack:
            stack.callback(self._life.ended)
            stack.push_async_callback(self.models.close)
            self.cache = await asyncio.to_thread(ToolCache.open, self.settings.store)
            stack.callback(self.cache.close)
            await stack.enter_async_context(self._sandbox)
            self._assemble()
            await asyncio.to_thread(self._begin)
            self._auditor.start()
            stack.callback(self._watcher.stop)
            stack.push_async_callback(self._writer.stop)
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
                    await self._writer.flush()
                    await self._auditor.finish()
                    await self._workshop.finish()
            finally:
                await self._auditor.cancel()
                await self._workshop.cancel()

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close(wait=kind is None)

    def _assemble(self) -> None:
        settings, models, observer = self.settings, self.models, self._observer
        self._answerer = Answerer(self._sandbox, models, settings, observer, self._same)
        self._watcher = Watcher(self.cache, observer)
        direct = models.direct.name if models.direct else None
        loop = asyncio.get_running_loop()
        self._learner = Learner(
            self.cache,
            self._watcher,
            settings,
            source=direct,
            makes=models.maker is not None,
            on_recorded=lambda recorded: loop.call_soon_threadsafe(self._auditor.told, recorded),
        )
        self._spill = Spill(self.cache.file)
        self._writer = Writer(
            self._learner,
            self._spill,
            observer,
            bound=settings.inbox,
            on_ripe=lambda ripe: loop.call_soon_threadsafe(partial(self._workshop.start, ripe)),
        )
        self._workshop = Workshop(
            self.cache,
            self._writer,
            self._watcher,
            self._sandbox,
            models,
            settings,
            observer,
            ripe=self._learner.ripe,
            same=self._same,
        )
        parts = (self.cache, self._writer, self._watcher, self._sandbox, models, settings, observer)
        self._auditor = Auditor(*parts, same=self._same, on_events=self._workshop.repair)

    def _begin(self) -> None:
        self._watcher.start()
        if asks(self.settings):
            self.cache.retarget(partial(goal_of, self.settings))
            self._watcher.refresh()
        if spilled := self._spill.take():
            self._learner.learn(spilled, None, again=True)
            self._spill.clear()
        self._learner.recall()
        self._writer.start()

    @property
    def snapshot(self) -> Snapshot:
        """What is known now."""
        return self._watcher.snapshot

    @property
    def is_behind(self) -> bool:
        """Whether so many answers wait to be written that more should not be given to learn."""
        return self._writer.waiting >= self.settings.inbox

    def health(self) -> Health:
        """What can be done now; never raises, so that it may stand behind a service's own health page."""
        if problem := self._life.problem():
            return Health(ok=False, reason=str(problem))
        known = self.snapshot.known
        return Health(
            ok=True,
            store_ok=not (self._watcher.is_away or self._writer.is_away),
            tasks=len(known),
            tools=sum(one.tool is not None for one in known),
            makings=self._workshop.under_way,
            unwritten=self._writer.waiting,
        )

    async def ask(
        self,
        question: Asked,
        *,
        instructions: str | None = None,
        scope: Scope | str | None = None,
        max_error: float | None = None,
    ) -> Answer:
        """Answer one question. A tool that it gives cause for is made in the background.

        Args:
            question: a text, a question or an instance.
            instructions: the system text that comes with it. Questions with other instructions share nothing with it.
            scope: whose question it is: a scope, or the name of a project. None: the question's own.
            max_error: the largest share of wrong answers of a tool that may answer, above 0 and below 1; where none is
                known to err so little, the model answers. None: whichever tool serves.

        Raises:
            InputError: it is no text, or an empty one; or `max_error` is no such share.
            LifecycleError: this is not open, or not here.
            ModelError: what another question would meet too: a wrong key, URL or model, a spent quota or budget.
            SandboxError: tools cannot be run safely.
        """
        asked = allowing(worded(question, instructions, scope), max_error)
        with self._life.use():
            [climb] = await self._answerer.dispatch(self._watcher.snapshot, [asked])
            return await self._settled(climb)

    async def attempt(self, question: Asked, *, accepts: Callable[[str], bool] | None = None) -> Attempt:
        """Let the tools try, and nobody else: what they leave open, the caller asks a model of its own.

        Args:
            question: a text in its scope.
            accepts: whether the caller can use an answer; one that it cannot counts as none. None: it can use any.

        Returns:
            The answer of a tool, on record; or none, and then `learn` takes what the model says.

        Raises:
            InputError: it is no text, or an empty one.
            LifecycleError: this is not open, or not here.
            SandboxError: tools cannot be run safely.
        """
        with self._life.use():
            [climb] = await self._answerer.dispatch(self._watcher.snapshot, [worded(question)])
            if isinstance(climb, LatmError):
                raise climb
            text = climb.dispatch.text
            is_one = text is not None and (accepts is None or accepts(text))
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
            InputError: the answer is no text, or an empty one.
            LifecycleError: this is not open, or not here.
        """
        if not isinstance(text, str) or not text.strip():
            raise InputError("The answer is empty.", hint="Only what was answered can be learnt from.")
        with self._life.use():
            answer = self._answerer.elsewhere(attempt, text, usage, seconds)
            self._told([answer])
            self._writer.put([answer])
            return answer

    async def ask_many(
        self, questions: Iterable[Asked], *, instructions: str | None = None, scope: Scope | str | None = None
    ) -> list[Answer]:
        """Answer several questions side by side; the answers in their order. Otherwise as `ask`.

        Raises:
            LatmError: as `ask`, where any of them meets it; the others' answers are on record.
        """
        check_stream(questions)
        asked = [worded(question, instructions, scope) for question in questions]
        with self._life.use():
            begun = await self._answerer.dispatch(self._watcher.snapshot, asked)
            outcomes = await asyncio.gather(*map(self._settled, begun), return_exceptions=True)
        answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return answers

    async def _settled(self, climb: Climb | LatmError) -> Answer:
        """One answer, on record as soon as it is there, whatever becomes of those asked with it."""
        [outcome] = await self._answerer.climb([climb])
        if isinstance(outcome, LatmError):
            raise outcome
        self._told([outcome])
        self._writer.put([outcome])
        return outcome

    def run(
        self,
        questions: Stream,
        *,
        length: int | None = None,
        instructions: str | None = None,
        scope: Scope | str | None = None,
    ) -> AsyncIterator[Answer]:
        """Answer a stream, in order. Tools are made between blocks, before the next block is answered.

        Waiting for a tool is what saves most: every question answered meanwhile would cost a model call.

        Args:
            questions: texts, questions or instances, from an iterable or an asynchronous one; an instance's `answer`
                and `task` are not looked at.
            length: how many there are, where that is known; it decides whether a tool will pay.
            instructions: as of `ask`, for all of them.
            scope: as of `ask`, for all of them.

        Raises:
            LifecycleError: this is not open, or not here.
            InputError: these are no questions.
            LatmError: as `ask`; what was answered before stays on record. A making that fails never raises, unless a
                replayed recording lacks what the maker is asked.
        """
        self._life.demand()
        check_stream(questions)
        check_length(length)
        blocks = Blocks(questions, self.settings.block, length=length, instructions=instructions, scope=scope)
        return self._run(blocks, length)

    async def _run(self, blocks: Blocks, length: int | None) -> AsyncIterator[Answer]:
        passed, window = 0, 1
        while ahead := await blocks.take(window):
            seen = self._watcher.snapshot
            begun = deque(await self._dispatch(seen, ahead))
            for place, block in enumerate(ahead):
                if seen is not self._watcher.snapshot:
                    # What was learnt from the blocks before may have changed where these questions belong.
                    seen, window = self._watcher.snapshot, 0
                    begun = deque(await self._dispatch(seen, ahead[place:]))
                passed += len(block)
                own = [begun.popleft() for _ in block]
                with self._life.use():
                    answered = await self._climb_block(own, None if length is None else max(0, length - passed))
                for answer in answered.answers:
                    yield answer
                if answered.error:
                    raise answered.error
                await self._workshop.make_ripe(answered.ripe)
                if self._auditor.is_behind or self._watcher.snapshot.compares:
                    await self._auditor.finish()  # a stream that runs ahead of its audits would learn of errors late
                await self._workshop.mended()
            window = min(2 * window or 1, _FURTHEST) if blocks.may_look_ahead else 1

    async def _dispatch(self, seen: Snapshot, blocks: Sequence[Sequence[Question]]) -> list[Climb | LatmError]:
        with self._life.use():
            return await self._answerer.dispatch(seen, [question for block in blocks for question in block])

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
            InputError: the task has no name, these are no examples, or one is of another scope; nothing is kept.
            LifecycleError: this is not open, or not here.
        """
        check_examples(task, examples)
        examples = scoped(examples, instructions, scope)

        def added() -> Task:
            self.cache.add_examples(task, examples)
            self._watcher.refresh()
            return self.cache.task(task)

        with self._life.use():
            return await self._writer.do(added)

    @property
    def tools(self) -> Tools:
        """The tools that there are, and what a person decides about them."""
        self._life.demand()
        return Tools(self.cache, self._writer, self._watcher)

    async def written(self) -> None:
        """Wait until all answers that were given are on record, as far as the store takes them."""
        with self._life.use():
            await self._writer.flush()

    async def audited(self) -> None:
        """Wait until every audit that can be carried out now has its verdict."""
        with self._life.use():
            await self._writer.flush()
            await self._auditor.finish()

    async def report(self, serial: str, answer: str | None = None) -> bool:
        """Say that an answer was wrong, or what its right answer is: evidence of its own kind, in no bound.

        A wrong answer of a tool becomes a case that the tool's next version is held against.

        Args:
            serial: the answer's, as `Answer.serial` has it.
            answer: the right answer, which may say that the tool's was right; None: it was wrong.

        Returns:
            Whether it is news: False where a model gave the answer, or where it was reported before.

        Raises:
            InputError: no answer on record is called so.
        """
        said = Report(serial, answer)

        def reported() -> int:
            count, events = self.cache.report(judged(self.cache, [said], self._same))
            if events:
                self._watcher.refresh()
            return count

        with self._life.use():
            await self._writer.flush()
            return bool(await self._writer.do(reported))

    async def why(self, task: str) -> Outlook:
        """What is missing for a task's tool, in numbers.

        Raises:
            InputError: the name is no text, or an empty one.
            NotFoundError: there is no such task; a kind is one once enough of its questions came.
        """
        check_name(task)
        with self._life.use():
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
            InputError: nothing says what to forget, or not clearly.
        """
        check_selection(scope, task, older_than, containing, everything=everything, tools=tools)
        exact, project = (scope, None) if isinstance(scope, Scope) else (None, scope)
        oldest = before(datetime.now(UTC) - older_than) if older_than is not None else ""
        selection = Selection(exact, project, task=task, before=oldest, containing=containing)

        def forgotten() -> Forgotten:
            if spilled := self._spill.take():
                self._learner.learn(spilled, None, again=True)
                self._spill.clear()
            gone = self.cache.forget(selection, tools=tools)
            self._learner.forget()
            return gone

        with self._life.use():
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
                goal=goal_of(self.settings, making.task),
            )
            self._watcher.refresh()

        with self._life.use():
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
            InputError: the task has no name, there are too few examples, or one is of another scope; nothing was kept.
            LifecycleError: this is not open, or not here.
            SettingsError: no tool maker is set, or one is making a tool for this task elsewhere.
            ModelError: the model could not be asked; nothing was decided, and what it answered so far is kept.
        """
        check_examples(task, examples, at_least=self.settings.examples_shown + self.settings.examples_held_out)
        examples = scoped(examples, instructions, scope)
        with self._life.use():
            self._workshop.demand_maker()
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
