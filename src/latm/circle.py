"""The circle: the parts of an open latm, put together, started and stopped."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import TypeVar

from latm.answer import Answer
from latm.answering.answerer import Answerer, Climb
from latm.answering.dispatcher import Engine
from latm.auditing import Goal, asks, goal_of
from latm.errors import LatmError, StoreError
from latm.exact import ExactAnswers
from latm.form import Same
from latm.learning.auditor import Auditor
from latm.learning.learner import Learner
from latm.learning.spill import Spill
from latm.learning.watcher import Watcher
from latm.learning.workshop import Workshop
from latm.learning.writer import Writer
from latm.models import Models
from latm.observing import Answered, Observer, log
from latm.provenance import Making
from latm.sandbox import Sandbox
from latm.settings import Settings
from latm.store import Forgotten, Selection, ToolCache
from latm.tool import ToolVersion

T = TypeVar("T")

_SKEW_SECONDS = 5.0
"""By how much this machine's clock may differ from the database's before latm says so."""


class Circle:
    """The parts that answer, learn from the answers, make tools, and audit them.

    Put together on the event loop that it will belong to.

    Args:
        cache: open.
        sandbox: started.
        models: of all roles.
        settings: every setting.
        observer: is told everything that happens.
        same: when two answers are the same, if the caller says so.
        engine: dispatches the questions of streams; None: the sandbox here does.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # putting them together is its whole purpose
        self,
        cache: ToolCache,
        sandbox: Sandbox,
        models: Models,
        settings: Settings,
        observer: Observer,
        same: Same | None = None,
        engine: Engine | None = None,
    ) -> None:
        later = asyncio.get_running_loop().call_soon_threadsafe
        self._cache = cache
        self._settings = settings
        self._payments = models.payments
        self._observer = observer
        self._spill = Spill(cache.file, cache.address)
        self.answerer = Answerer(sandbox, models, settings, observer, same, engine)
        self.watcher = Watcher(cache, observer)
        self.exact = ExactAnswers(cache, self.watcher, settings, models.direct.name if models.direct else "")
        self.learner = Learner(
            cache,
            self.watcher,
            settings,
            source=models.direct.name if models.direct else None,
            makes=models.maker is not None,
            on_recorded=lambda recorded: later(self.auditor.told, recorded),
        )
        self.writer = Writer(
            self.learner,
            self._spill,
            observer,
            bound=settings.inbox,
            on_ripe=lambda ripe: later(partial(self.workshop.start, ripe)),
        )
        parts = (cache, self.writer, self.watcher, sandbox, models, settings, observer)
        self.workshop = Workshop(*parts, divided=self.learner.divided, same=same)
        self.auditor = Auditor(*parts, same=same, on_events=self.workshop.repair)

    async def start(self, stack: AsyncExitStack) -> None:
        """Load what is known, and begin to follow the store, to write and to audit.

        Args:
            stack: ends what was begun.

        Raises:
            StoreError: the store cannot be read.
        """
        stack.callback(self._pay_no_more)
        stack.callback(self.watcher.stop)
        await asyncio.to_thread(self._begin)
        self.auditor.start()
        stack.push_async_callback(self.writer.stop)

    def _begin(self) -> None:
        self.watcher.start()
        self._tell_skew()
        if asks(self._settings):
            self._cache.retarget(self._goal_of)
            self.watcher.refresh()
        self.take_up()
        self._cache.book_payments()
        if payer := self._cache.new_payer():
            self._payments.keep(*payer)
        self.learner.recall()
        self.writer.start()

    def _tell_skew(self) -> None:
        ahead = self._cache.clock_skew()
        if abs(ahead) >= _SKEW_SECONDS:
            way = "ahead of" if ahead > 0 else "behind"
            log.warning("this machine's clock is %.0f s %s the database's, by which all go", abs(ahead), way)

    def _pay_no_more(self) -> None:
        self._payments.close()
        try:
            self._cache.book_payments(self._payments.payer)
        except StoreError as error:
            log.warning("what was paid is booked when the store is next opened: %s", error)

    def _goal_of(self, tool: ToolVersion) -> Goal:
        return goal_of(self._settings, tool.task, searches=tool.verification.searches)

    def take_up(self) -> None:
        """Learn from the answers that lie beside the store; on the writer's thread, or before it begins."""
        if spilled := self._spill.take():
            self.learner.learn(spilled, None, again=True)
            self._spill.clear()

    async def finish(self) -> None:
        """Wait until all answers are written, all audits have their verdict, and no making is under way."""
        await self.writer.flush()
        await self.auditor.finish()
        await self.workshop.finish()

    async def cancel(self) -> None:
        """Interrupt audits and makings; they resume where they stood when they are next tried."""
        await self.auditor.cancel()
        await self.workshop.cancel()

    async def climb(self, begun: Sequence[Climb | LatmError]) -> list[Answer | LatmError]:
        """What becomes of questions that the tools have seen: an earlier answer to the same, else the rungs above."""
        await self.exact.find(begun)
        return await self.answerer.climb(begun)

    def tell(self, answers: Sequence[Answer]) -> None:
        """Let the observer know of these answers."""
        for answer in answers:
            self._observer.on_event(Answered(answer))

    async def change(self, change: Callable[[], T]) -> T:
        """Change what is in the store, and show at once what that changes; what the change returns."""

        def changed() -> T:
            done = change()
            self.watcher.refresh()
            return done

        return await self.writer.do(changed)

    async def forget(self, selection: Selection, *, tools: bool) -> Forgotten:
        """Forget what is selected, wherever it is: in the store, beside it, and among what waits to become a kind."""

        def forgotten() -> Forgotten:
            self.take_up()
            gone = self._cache.forget(selection, tools=tools)
            self.learner.forget()
            return gone

        await self.writer.flush()
        return await self.writer.do(forgotten)

    async def adopt(self, making: Making, tool: ToolVersion) -> None:
        """Take a tool into service that was made and verified elsewhere, with the record of its making."""
        adopted = partial(
            self._cache.record_making,
            making,
            tool.program,
            owner=None,
            came=0,
            demonstrations=tool.demonstrations,
            verification=tool.verification,
            goal=self._goal_of(tool),
        )
        await self.change(adopted)
