"""The workshop: has tools made, each task by one maker at a time, and tries again what could not be."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from latm.answering.direct import DirectAnswer
from latm.auditing import goal_of
from latm.errors import LatmError, NotFoundError, ReplayMissError, SettingsError, StoreError
from latm.event import Event, EventKind
from latm.form import Same
from latm.learning.breadth import all_of, parts_of
from latm.learning.economy import is_open, pause_after
from latm.learning.orders import Orders, work_of
from latm.learning.outlook import Outlook, outlooks
from latm.learning.watcher import Watcher
from latm.learning.widening import Widening
from latm.learning.writer import Writer
from latm.making.importing import hold_against, hold_against_uses
from latm.making.maker import ToolMaker
from latm.making.order import Made, Order
from latm.making.pairs import PairJudge
from latm.making.paper import PaperMaker
from latm.making.twice import made_by
from latm.models import Model, Models
from latm.models.journal import Journal, Journaled
from latm.observing import AwaitsApproval, Decided, MakingBegun, MakingEnded, MakingPostponed, Observer, log
from latm.provenance import Making, Outcome
from latm.sandbox.protocol import Sandbox
from latm.settings import Settings
from latm.store import Claim, ToolCache, new_owner
from latm.task import Example, TaskStatus
from latm.tool import Demonstration, Program, ToolKind, ToolStatus

T = TypeVar("T")

_LEASE_SECONDS = 60.0
_RENEWED = _LEASE_SECONDS / 6
"""Seconds between two renewals: several may fail, as while the store is away, before the claim runs out."""
_CHECKED_AT_ONCE = 4
"""Makings at the gates: enough that one that waits for a fresh answer there holds up no other."""


class Workshop:
    """Makes tools for tasks that are ripe, and for those that a caller names.

    Args:
        cache: where claims and makings are kept; written to by the writer alone.
        writer: the thread that writes.
        watcher: shows what is known.
        sandbox: where proposed tools run.
        models: the tool maker, and the model of direct answers.
        settings: how tools are made.
        observer: is told how makings begin and end.
        divided: is told what tasks another has become, and says which are ripe for a tool; called by the writer alone.
        same: when two answers are the same, where the caller says so.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # what it brings together is its whole purpose
        self,
        cache: ToolCache,
        writer: Writer,
        watcher: Watcher,
        sandbox: Sandbox,
        models: Models,
        settings: Settings,
        observer: Observer,
        *,
        divided: Callable[[Sequence[str]], Sequence[str]],
        same: Same | None = None,
    ) -> None:
        self._cache = cache
        self._divided = divided
        self._writer = writer
        self._watcher = watcher
        self._sandbox = sandbox
        self._models = models
        self._settings = settings
        self._observer = observer
        self._orders = Orders(cache, watcher, settings, same)
        self._widening = Widening(cache, writer, watcher, settings, observer, self._orders, self)
        self._checking = asyncio.Semaphore(_CHECKED_AT_ONCE)
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._repairing: dict[str, asyncio.Task[None]] = {}
        self._claims: dict[str, asyncio.Future[None]] = {}
        self._renewing: asyncio.Task[None] | None = None

    @property
    def under_way(self) -> int:
        """Makings in the background."""
        return len(self._under_way)

    def start(self, ripe: Sequence[str]) -> list["asyncio.Task[None]"]:
        """Begin the makings of these tasks in the background; those under way go on. The tasks that carry them out."""
        for name in ripe:
            if name not in self._under_way:
                begun = asyncio.create_task(self._make_ripe(name), name=f"latm making {name}")
                self._under_way[name] = begun
                begun.add_done_callback(partial(self._forget, name))
        return [self._under_way[name] for name in ripe]

    def repair(self, events: Sequence[Event]) -> None:
        """Have tools mended that audits took out of service; where that was tried often enough, they are retired."""
        for event in events:
            if event.kind is EventKind.SUSPENDED and event.who == "auditor" and self._models.maker is not None:
                self._repairing.update(zip([event.task], self.start([event.task]), strict=True))

    async def mended(self) -> None:
        """Wait for the repairs under way."""
        while self._repairing:
            _, task = self._repairing.popitem()
            await asyncio.wait([task])

    async def make_ripe(self, ripe: Sequence[str]) -> None:
        """Have these tools made, side by side, and wait for them.

        Raises:
            ReplayMissError: a replayed recording does not hold what the maker is asked.
        """
        if ripe:
            await asyncio.gather(*self.start(ripe))

    async def make(self, task: str, examples: Sequence[Example], protocol: ToolKind = ToolKind.COMPILED) -> Making:
        """Make one tool from these examples; what the models said survives a crash, and is not paid for twice.

        Raises:
            SettingsError: no tool maker is set, or another process is making a tool for this task.
            InputError: there are too few examples.
            ModelError: the model could not be asked; nothing was decided, and what it answered so far is kept.
        """
        made = await self._make(task, partial(self._orders.of_examples, task, examples), protocol=protocol)
        if made is None:
            raise SettingsError(
                f"A tool for {task!r} is being made elsewhere.", hint="Wait for it, or try again in a few minutes."
            )
        return made.making

    async def take_in(
        self, task: str, program: Program, examples: Sequence[Example], uses: Sequence[Demonstration] = ()
    ) -> Making:
        """Verify a program that was made elsewhere, and take it into service as if it had been made here.

        Args:
            task: its name; the examples that it has here count too.
            program: from anywhere.
            examples: what it is held against.
            uses: of a paper tool, the code that answers each of them.

        Raises:
            InputError: a gate stops it, or there are too few examples; nothing is kept.
            SandboxError: the machine failed; nothing was decided.
        """
        known = self._watcher.snapshot.task(task)
        order = await asyncio.to_thread(self._orders.of_examples, task, [*(known.examples if known else ()), *examples])
        async with self._checking:
            if program.kind is ToolKind.PAPER:
                made = await hold_against_uses(self._sandbox, order, program, uses)
            else:
                made = await hold_against(self._sandbox, self._settings, order, program)

        def taken() -> None:
            self._cache.add_examples(task, examples)
            records = self._cache.records([task])
            self._settle(made, None, records[task].came if task in records else 0)

        await self._writer.do(taken)
        self._observer.on_event(MakingEnded(made.making))
        return made.making

    def demand_maker(self, protocol: ToolKind = ToolKind.COMPILED) -> None:
        """Refuse to make anything without a tool maker, or a paper tool that nobody could call.

        Raises:
            SettingsError: no tool maker is set, or the settings do not go with the protocol.
        """
        if self._models.maker is None:
            raise _no_maker()
        if protocol is ToolKind.PAPER and not self._settings.tool_user:
            hint = "Set tool_user, or make a compiled tool."
            raise SettingsError("A paper tool answers through the tool user, and tool_user is off.", hint=hint)
        if protocol is ToolKind.PAPER and self._settings.versions > 1:
            hint = "Set versions to 1, or make a compiled tool."
            raise SettingsError(f"A paper tool comes alone, and versions is {self._settings.versions}.", hint=hint)

    def outlook(self, name: str) -> Outlook:
        """What is missing for a task's tool; reads the store.

        Raises:
            NotFoundError: there is no such task.
        """
        compared = {name} if self._watcher.snapshot.shadow(name) is not None else ()
        makes = self._models.maker is not None
        [found] = outlooks(self._cache, [self._cache.task(name)], self._settings, makes=makes, compared=compared)
        return found

    async def finish(self) -> None:
        """Wait for all makings under way."""
        while self._under_way:
            await asyncio.wait(list(self._under_way.values()))

    async def cancel(self) -> None:
        """Break off all makings under way; each goes on from where it stood when it is next tried."""
        for task in self._under_way.values():
            task.cancel()
        await self.finish()

    def _forget(self, name: str, done: "asyncio.Task[None]") -> None:
        del self._under_way[name]
        if not done.cancelled() and (error := done.exception()) and not isinstance(error, LatmError):
            log.error("the making of a tool for %s broke", name, exc_info=error)

    async def _make_ripe(self, name: str) -> None:
        """Make a tool for a task as it is known now; a failure is on record, and put off.

        Where it turns out to be several, those of them that are ripe go on.
        """
        try:
            if await self._writer.do(partial(self._given_up, name)):
                return
            if await self._widening.tried(name):
                return
            if made := await self._make(name, partial(self._orders.now, name), partial(self._is_open, name)):
                await self._writer.do(partial(self._retire_unmended, name))
                await self._writer.do(partial(self._join, made.making))
                await self.make_ripe(made.ripe)
        except NotFoundError:
            return  # renamed or deleted meanwhile; under its new name it is still ripe
        except ReplayMissError:
            raise
        except (LatmError, OSError) as error:
            await self._postpone(name, error)

    def _given_up(self, name: str) -> bool:
        """Whether a task's tools were found wrong so often that no further one is made; the last is retired."""
        if self._cache.suspensions([name]).get(name, 0) <= self._settings.repairs:
            return False
        self._retire(name, "its tools were found wrong more often than `repairs` allows")
        return True

    def _join(self, made: Making) -> None:
        """Let a kind that was found twice be one: a part of a task that was divided may be known by now."""
        snapshot = self._watcher.snapshot
        if made.outcome is not Outcome.REUSED or (task := snapshot.task(made.task)) is None:
            return
        for name in snapshot.tasks_of(task.scope):
            tool = snapshot.tool(name)
            if name != made.task and tool is not None and tool.id == made.tool_id:
                self._cache.merge_task(made.task, name)
                self._watcher.refresh()
                return

    def _retire_unmended(self, name: str) -> None:
        """Retire a tool that was found wrong, where no repair has taken its place."""
        task = self._watcher.snapshot.task(name)
        if task is not None and task.status in {TaskStatus.FAILED, TaskStatus.UNTOOLABLE}:
            self._retire(name, f"it was found wrong, and could not be mended: {task.reason}")

    def _retire(self, name: str, why: str) -> None:
        version = self._orders.suspended(name)
        if version is not None:
            self._cache.append_event(Event(EventKind.RETIRED, name, version.number, "auditor", why))
            self._watcher.refresh()
            self._observer.on_event(Decided(self._cache.events(name)[-1]))

    async def _postpone(self, name: str, error: Exception) -> None:
        try:
            records = await self._writer.do(partial(self._cache.records, [name]))
            seconds = pause_after(records[name].failures if name in records else 0)
            await self._writer.do(lambda: self._cache.postpone_making(name, str(error), self._cache.clock() + seconds))
        except (StoreError, NotFoundError) as more:
            log.warning("the making of %s failed, and so did its record: %s", name, more)
            return
        self._observer.on_event(MakingPostponed(name, error, seconds))

    def _is_open(self, name: str) -> bool:
        """Whether a task still wants a tool, or its tool a repair: another process may have made it meanwhile."""
        task, records = self._watcher.snapshot.task(name), self._cache.records([name])
        wants = task is not None and name in records and is_open(task, records[name], self._cache.clock())
        return wants or self._orders.suspended(name) is not None

    async def _make(
        self,
        name: str,
        ordered: Callable[[], Order],
        is_wanted: Callable[[], bool] = lambda: True,
        protocol: ToolKind = ToolKind.COMPILED,
    ) -> "_Settled | None":
        """Claim a task and make its tool; None where another claim holds, or came to hold, or nothing is wanted.

        Args:
            name: the task's.
            ordered: what to make.
            is_wanted: whether it still is, once nobody else can make it; asked on the writer's thread.
            protocol: how it is made.
        """
        self.demand_maker()
        order, owner = await asyncio.to_thread(ordered), new_owner()
        claim = await self._writer.do(partial(self._claimed, name, owner, order, is_wanted))
        if claim is None:
            return None
        order = self._orders.resumed(order, claim.work)
        self._observer.on_event(MakingBegun(name))
        try:
            records = await self._writer.do(partial(self._cache.records, [name]))
            async with self._held(owner) as lost:
                made = await _unless(lost, self._carried_out(name, order, protocol))
                if made is None:
                    log.warning("the making of %s goes on elsewhere: its claim had run out", name)
                    return None
                came = records[name].came if name in records else 0
                ripe = await self._writer.outlast(partial(self._settle, made, owner, came))
        finally:
            # A claim that was settled is gone already; this gives up one that was not.
            await asyncio.shield(self._writer.do(partial(self._release, name, owner)))
        self._observer.on_event(MakingEnded(made.making))
        return _Settled(made.making, ripe)

    async def _carried_out(self, name: str, order: Order, protocol: ToolKind) -> Made:
        """Make what an order asks for, in the way that the protocol says."""
        maker = self.maker(name)
        if protocol is ToolKind.PAPER:
            return await PaperMaker(maker.model, self._sandbox, self._settings).carry_out(order)
        return await made_by(maker, order, self._settings.versions)

    def _claimed(self, name: str, owner: str, order: Order, is_wanted: Callable[[], bool]) -> Claim | None:
        claim = self._cache.claim_making(name, owner, _LEASE_SECONDS, work_of(order))
        if claim is not None:
            self._watcher.refresh()
            if not is_wanted():
                self._cache.release_making(name, owner, keep_work=claim.resumed)
                return None
        return claim

    async def make_wider(self, name: str, part: str) -> bool:
        """Make a version of a task's tool that answers also what was found as a kind of its own; whether there is one.

        Raises:
            NotFoundError: one of them is no more.
            LatmError: the model could not be asked, or the machine failed.
        """
        made = await self._make(name, partial(self._orders.wider, name, part), lambda: part in self._watcher.snapshot)
        return made is not None and made.making.tool_id is not None

    def maker(self, name: str) -> ToolMaker:
        """The tool maker of a task; what its models say is kept until the making is on record.

        Raises:
            SettingsError: none is set.
        """
        if self._models.maker is None:
            raise _no_maker()
        journal = self._cache.journal(name)
        model = Journaled(self._models.maker, journal, self._writer.outlast)
        fresh = self._models.judge or self._models.direct
        if fresh is None:
            return ToolMaker(model, None, self._sandbox, self._settings, self._checking)
        asked = Journaled(fresh, journal, self._writer.outlast)
        judge, pairs = DirectAnswer(asked, self._settings.answer_style), PairJudge(asked)
        return ToolMaker(model, judge, self._sandbox, self._settings, self._checking, pairs, self._light(journal))

    def _light(self, journal: Journal) -> Model | None:
        """The model that may read for half tools: none of two programs that must agree leaves reading to one."""
        may_read = self._models.is_light and self._settings.tool_user and self._settings.versions == 1
        light = self._models.user if may_read else None
        return Journaled(light, journal, self._writer.outlast) if light else None

    def _settle(self, made: Made, owner: str | None, came: int) -> Sequence[str]:
        """On the writer's thread: the verdict, and all that follows from it, shown at once.

        Returns:
            If the task was several: the tasks that it became, as far as they are ripe.
        """
        parts = self._parts(made) if made.parts else None
        stored = self._cache.record_making(
            made.making,
            made.program,
            owner=owner,
            came=came,
            second=made.second,
            demonstrations=made.demonstrations,
            verification=made.verification,
            form=made.form,
            dropped=made.dropped,
            parts=parts,
            promote=not self._settings.approval,
            goal=goal_of(self._settings, made.making.task, searches=made.verification.searches),
        )
        if stored and stored.status is ToolStatus.CANDIDATE:
            self._observer.on_event(AwaitsApproval(stored.task, stored.id))
        for task, question, why in made.doubted:
            self._cache.drop_example(task, question, why)
        self._watcher.refresh()
        return self._divided(list(parts)) if parts else ()

    def _parts(self, made: Made) -> Mapping[str, Sequence[Example]]:
        """The tasks that a task of several kinds becomes, by what the making says of some of its examples."""
        name, source = made.making.task, self._models.direct.name if self._models.direct else ""
        task, snapshot = self._cache.task(name), self._watcher.snapshot
        others = [other for one in snapshot.tasks_of(task.scope) if (other := snapshot.task(one))]
        given = all_of(task, self._cache.answers(name, self._settings.buffer), others, source)
        dropped = {question for question, _ in made.dropped}
        return parts_of(name, [one for one in given if one.question not in dropped], made.parts)

    @asynccontextmanager
    async def _held(self, owner: str) -> AsyncIterator[asyncio.Future[None]]:
        """A claim that is kept alive meanwhile; done once it is another's, who pays from then on."""
        lost = self._claims[owner] = asyncio.get_running_loop().create_future()
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._renew(), name="latm leases")
        try:
            yield lost
        finally:
            del self._claims[owner]
            if not self._claims and self._renewing is not None:
                self._renewing.cancel()
                self._renewing = None

    async def _renew(self) -> None:
        """Renew all claims together: a transaction for each would leave the writer no time for anything else."""
        while True:
            await asyncio.sleep(_RENEWED)
            owners = list(self._claims)
            try:
                kept = await self._writer.do(partial(self._cache.renew_claims, owners, _LEASE_SECONDS))
            except StoreError as error:
                log.warning("the claims on %d makings are not renewed now: %s", len(owners), error)
                continue
            for owner in owners:
                lost = self._claims.get(owner)
                if owner not in kept and lost is not None and not lost.done():
                    lost.set_result(None)

    def _release(self, name: str, owner: str) -> None:
        try:
            self._cache.release_making(name, owner, keep_work=True)
        except StoreError as error:
            log.warning("the claim on %s could not be given up and runs out by itself: %s", name, error)


async def _unless(lost: "asyncio.Future[None]", making: Coroutine[object, object, T]) -> T | None:
    """What a making comes to; None where its claim was lost first, and then it is broken off."""
    work = asyncio.create_task(making)
    try:
        await asyncio.wait((work, lost), return_when=asyncio.FIRST_COMPLETED)
        return await work if work.done() else None
    finally:
        work.cancel()
        await asyncio.wait((work,))


def _no_maker() -> SettingsError:
    return SettingsError("No tool maker is set.", hint="Set one: --maker provider:model, or LATM_MAKER.")


@dataclass(frozen=True, slots=True)
class _Settled:
    """A making on record, and which tasks that came of it are ripe."""

    making: Making
    ripe: Sequence[str]
