"""The one writer: a thread that does all writing to the store, in batches, so that the event loop never waits."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

from latm.answer import Answer
from latm.errors import StoreAwayError, StoreError, StoreFullError
from latm.learning.inbox import Inbox, Job, Learnt, Lesson
from latm.learning.learner import Learner
from latm.learning.spill import Spill
from latm.observing import Observer, Shed, Spilled, StoreAway, StoreBack, log

T = TypeVar("T")

_PAUSE = 0.25
"""The most seconds that an answer waits if nobody waits for it and the writer has time."""
_AGAIN = 0.5
"""Seconds between two tries at a store that is away."""
_OUTAGE = 600.0
"""Seconds after which the writer gives up waiting for the store."""
_REST = 3
"""Learning that nobody waits for rests this many times as long as it computed: this thread shares its core with answers
that are under way. What comes meanwhile is learnt together, at little extra cost."""


class Writer:
    """Learns from incoming answers and does the jobs of others, one after the other.

    Answers that the store does not take are kept and tried again. If they become too many, or at the end, they go
    into a file beside the store.

    Args:
        learner: learns from answers; called on this thread alone.
        spill: the file beside the store.
        observer: hears of shed and spilled answers, and when the store is away or back.
        bound: how many answers may wait.
        on_ripe: gets the names of tasks that are ripe for a tool, if nobody waits for them.

    Attributes:
        is_away: whether the last write to the store failed.
    """

    def __init__(
        self,
        learner: Learner,
        spill: Spill,
        observer: Observer,
        *,
        bound: int,
        on_ripe: Callable[[Sequence[str]], object],
    ) -> None:
        self._learner = learner
        self._spill = spill
        self._observer = observer
        self._bound = bound
        self._on_ripe = on_ripe
        self._inbox = Inbox(bound)
        self._backlog: list[Answer] = []
        self._nowhere: StoreFullError | None = None
        self.is_away = False
        self._stopping = False
        self._rests_until = 0.0
        self._again_at = 0.0
        self._thread = threading.Thread(target=self._run, name="latm writer", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    async def stop(self) -> None:
        """Do everything that waits, then end.

        Raises:
            StoreFullError: answers could not be written anywhere and are lost.
        """
        await self.flush()
        await self.do(self._stop)
        await asyncio.to_thread(self._thread.join)
        if self._nowhere is not None:
            raise self._nowhere

    def _stop(self) -> None:
        self._stopping = True

    @property
    def waiting(self) -> int:
        """How many answers are not yet written."""
        return self._inbox.waiting + len(self._backlog)

    def put(self, answers: Sequence[Answer]) -> None:
        """Learn from these answers soon."""
        self._inbox.put(Lesson(answers))

    async def learn(self, answers: Sequence[Answer], remaining: int | None) -> Learnt:
        """Learn from these answers and all before them, and return the result."""
        done: Future[Learnt] = Future()
        self._inbox.put(Lesson(answers, remaining, done))
        return await asyncio.wrap_future(done)

    async def flush(self) -> None:
        """Wait until everything put in before has been learnt."""
        await self.learn((), None)

    async def do(self, call: Callable[[], T]) -> T:
        """Do something on the writer's thread soon, before answers that still wait.

        Raises:
            Exception: whatever `call` raises.
        """
        return await asyncio.wrap_future(self._put_in(call))

    async def do_first(self, call: Callable[[], T]) -> T:
        """Like `do`, but before everything that waits: for what must not come late.

        Raises:
            Exception: whatever `call` raises.
        """
        return await asyncio.wrap_future(self._put_in(call, is_first=True))

    def _put_in(self, call: Callable[[], T], *, is_paid: bool = False, is_first: bool = False) -> "Future[T]":
        done: Future[T] = Future()
        self._inbox.do(Job(call, done), is_paid=is_paid, is_first=is_first)
        return done

    async def outlast(self, call: Callable[[], T]) -> T:
        """Like `do`, but if the store is away, try until it is back, for at most ten minutes.

        This is for what was paid for: it is not lost while its process lives, even if its caller is cancelled, and it
        goes before all other jobs and all lessons. `call` may be repeated after a broken connection, so it must allow
        that.

        Raises:
            Exception: what `call` raises.
        """
        until = time.monotonic() + _OUTAGE
        while True:
            try:
                return await asyncio.shield(asyncio.wrap_future(self._put_in(call, is_paid=True)))
            except StoreAwayError:
                if time.monotonic() > until:
                    raise
            await asyncio.sleep(_AGAIN)

    def _run(self) -> None:
        while not (self._stopping and self._inbox.is_empty):
            self._inbox.wait(_PAUSE)
            while self._worked():
                pass
            if self._backlog and time.monotonic() >= self._again_at:
                self._learn_unwatched([])
            self._learner.tidy()
            if shed := self._inbox.shed():
                self._observer.on_event(Shed(shed))
        self._learn([])
        self._spill_backlog()

    def _worked(self) -> bool:
        """Do one waiting job and then one waiting lesson, so that neither kind waits for all of the other.

        A lesson takes seconds if others write too, so a job that saves what was paid for is done without one. But where
        the store is away, each of these jobs takes long and comes back at once: then others have their turn too.

        Returns:
            Whether there was anything to do.
        """
        if (paid := self._inbox.paid()) is not None:
            _settle(paid.done, paid.call)
            if not _found_it_away(paid.done):
                return True
        job = self._inbox.job()
        if job is not None:
            _settle(job.done, job.call)
        lesson = None if self._rests() else self._inbox.lesson()
        if lesson is None:
            return job is not None or paid is not None
        if lesson.done is not None:
            _settle(lesson.done, partial(self._learn, lesson.answers, lesson.remaining))
        else:
            # Processor time: while a lesson waits, such as for the turns of other writers, it delays nobody here.
            started = time.thread_time()
            self._learn_unwatched(lesson.answers)
            self._rests_until = time.monotonic() + _REST * (time.thread_time() - started)
        return True

    def _rests(self) -> bool:
        if self._inbox.is_awaited or self._inbox.is_crowded or self._stopping:
            return False
        return time.monotonic() < self._rests_until

    def _learn_unwatched(self, answers: Sequence[Answer]) -> None:
        """Learn when nobody waits. A bug of ours is logged, and ends neither this thread nor those who need it."""
        try:
            if ripe := self._learn(answers).ripe:
                self._on_ripe(ripe)
        except Exception:  # noqa: BLE001  # whatever it is, the thread lives on
            log.exception("learning from %d answers failed", len(answers))

    def _learn(self, answers: Sequence[Answer], remaining: int | None = None) -> Learnt:
        """Learn, with what waited from before first. If the store is away, everything waits for the next time."""
        batch = [*self._backlog, *answers]
        if not batch:
            return Learnt()
        try:
            learnt = self._learner.learn(batch, remaining, again=bool(self._backlog))
        except StoreError as error:
            self._keep(batch, error)
            return Learnt()
        self._backlog, self._nowhere = [], None
        if self.is_away:
            self.is_away = False
            self._observer.on_event(StoreBack())
        return learnt

    def _keep(self, batch: list[Answer], error: StoreError) -> None:
        self._backlog = batch
        self._again_at = time.monotonic() + _AGAIN
        if not self.is_away:
            self.is_away = True
            self._observer.on_event(StoreAway(error))
        if len(batch) > self._bound:
            self._spill_backlog()

    def _spill_backlog(self) -> None:
        """Put what the store does not take into the file beside it. If that is full too, it keeps waiting."""
        if not self._backlog:
            return
        try:
            path = self._spill.write(self._backlog)
        except StoreFullError as error:
            self._nowhere = error
            return
        self._observer.on_event(Spilled(len(self._backlog), path))
        self._backlog, self._nowhere = [], None


def _found_it_away(done: "Future[Any]") -> bool:
    return not done.cancelled() and isinstance(done.exception(), StoreAwayError)


def _settle(done: "Future[T]", call: Callable[[], T]) -> None:
    """Pass what a call returns or raises to the caller, if that still waits."""
    if not done.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001  # raised where it is awaited, whatever it is
        done.set_exception(error)
    else:
        done.set_result(result)
