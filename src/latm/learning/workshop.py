"""The workshop: it has tools made, one maker at a time for each task, and tries again what failed."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from latm.answering.direct import DirectAnswer
from latm.auditing import goal_of
from latm.errors import LatmError, NotFoundError, ReplayMissError, SettingsError, StoreError
from latm.event import Event, EventKind
from latm.form import Same
from latm.learning.breadth import all_of, parts_of
from latm.learning.economy import is_open, pause_after
from latm.learning.leases import Leases, unless
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
from latm.task import Example, Record, TaskStatus
from latm.tool import Demonstration, Program, ToolKind, ToolStatus

_CHECKED_AT_ONCE = 4
"""How many makings are checked at once: enough that one that waits there for a new answer does not delay others."""


class Workshop:
    """Makes tools for tasks that are ripe, and for those that a caller names.

    Args:
        cache: the tool cache with claims and makings; only the writer writes to it.
        writer: the thread that writes.
        watcher: gives the current snapshot.
        sandbox: where proposed tools run.
        models: the models of the tool maker and of direct answers.
        settings: how tools are made.
        observer: hears how makings begin and end.
        divided: hears what tasks another has become, and tells which are ripe for a tool; only the writer calls it.
        same: decides whether two answers are the same; None: the task's form decides.
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
        # As many as may ask a model at once; the others leave their tasks to whoever has time. The makings that follow
        # from one begin once it has ended, so none waits for its own place.
        self._making = asyncio.Semaphore(settings.concurrency)
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._repairing: dict[str, asyncio.Task[None]] = {}
        self._leases = Leases(cache, writer)

    @property
    def under_way(self) -> int:
        """How many makings run in the background."""
        return len(self._under_way)

    def start(self, ripe: Sequence[str]) -> list["asyncio.Task[None]"]:
        """Begin the makings of these tasks in the background, unless they are under way. Return the asyncio tasks."""
        for name in ripe:
            if name not in self._under_way:
                begun = asyncio.create_task(self._make_ripe(name), name=f"latm making {name}")
                self._under_way[name] = begun
                begun.add_done_callback(partial(self._forget, name))
        return [self._under_way[name] for name in ripe]

    def repair(self, events: Sequence[Event]) -> None:
        """Have tools repaired that audits took out of service. After enough tries, a tool is retired."""
        for event in events:
            if event.kind is EventKind.SUSPENDED and event.who == "auditor" and self._models.maker is not None:
                self._repairing.update(zip([event.task], self.start([event.task]), strict=True))

    async def mended(self) -> None:
        """Wait for the repairs under way."""
        while self._repairing:
            _, task = self._repairing.popitem()
            await asyncio.wait([task])

    async def make_ripe(self, ripe: Sequence[str]) -> None:
        """Have these tools made at the same time, and wait for them.

        Raises:
            ReplayMissError: a replayed recording lacks a completion that the maker needs.
        """
        if ripe:
            await asyncio.gather(*self.start(ripe))

    async def make(self, task: str, examples: Sequence[Example], protocol: ToolKind = ToolKind.COMPILED) -> Making:
        """Make one tool from these examples. What the models say survives a crash and is not paid for twice.

        Raises:
            SettingsError: no tool maker is set, or another process is making a tool for this task.
            InputError: there are too few examples.
            ModelError: the model could not be asked; nothing is decided, and its answers so far are kept.
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
        """Verify a program that was made elsewhere, and put it into service as if it had been made here.

        Args:
            task: the task's name; the examples that it has here count too.
            program: the program, from anywhere.
            examples: the examples to verify it with.
            uses: for a paper tool, the code that answers each example.

        Raises:
            InputError: a gate rejects it, or there are too few examples; nothing is kept.
            SandboxError: the machine failed; nothing is decided.
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
            self._settle(made, None, self._record(task).came, [])

        await self._writer.do(taken)
        self._observer.on_event(MakingEnded(made.making))
        return made.making

    def demand_maker(self, protocol: ToolKind = ToolKind.COMPILED) -> None:
        """Refuse to make anything without a tool maker, and a paper tool that nobody could call.

        Raises:
            SettingsError: no tool maker is set, or the settings do not fit the protocol.
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
        """What is missing for a task's tool. This reads the store.

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
        """Break off all makings under way. Each continues from where it stopped when it is next tried."""
        for task in self._under_way.values():
            task.cancel()
        await self.finish()

    def _forget(self, name: str, done: "asyncio.Task[None]") -> None:
        del self._under_way[name]
        if not done.cancelled() and (error := done.exception()) and not isinstance(error, LatmError):
            log.error("the making of a tool for %s broke", name, exc_info=error)

    async def _make_ripe(self, name: str) -> None:
        """Make a tool for a task as it is known now. A failure is recorded and the making is postponed.

        If the task turns out to be several, the makings of those that are ripe begin.
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
            return  # renamed or deleted meanwhile; under a new name it is still ripe
        except ReplayMissError:
            raise
        except (LatmError, OSError) as error:
            await self._postpone(name, error)

    def _given_up(self, name: str) -> bool:
        """Whether a task's tools were found wrong so often that no other is made. The last is then retired."""
        if self._cache.suspensions([name]).get(name, 0) <= self._settings.repairs:
            return False
        self._retire(name, "its tools were found wrong more often than `repairs` allows")
        return True

    def _join(self, made: Making) -> None:
        """Merge a kind that was found twice: a part of a divided task may already be known."""
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
        """Retire a tool that was found wrong and that no repair has replaced."""
        task = self._watcher.snapshot.task(name)
        if task is not None and task.status in {TaskStatus.FAILED, TaskStatus.UNTOOLABLE}:
            self._retire(name, f"it was found wrong and could not be repaired: {task.reason}")

    def _retire(self, name: str, why: str) -> None:
        version = self._orders.suspended(name)
        if version is not None:
            self._cache.append_event(Event(EventKind.RETIRED, name, version.number, "auditor", why))
            self._watcher.refresh()
            self._observer.on_event(Decided(self._cache.events(name)[-1]))

    async def _postpone(self, name: str, error: Exception) -> None:
        try:
            record = await self._writer.do(partial(self._record, name))
            seconds = pause_after(record.failures)
            await self._writer.do(lambda: self._cache.postpone_making(name, str(error), self._cache.clock() + seconds))
        except (StoreError, NotFoundError) as more:
            log.warning("the making of %s failed, and so did its record: %s", name, more)
            return
        self._observer.on_event(MakingPostponed(name, error, seconds))

    def _is_open(self, name: str) -> bool:
        """Whether a task still needs a tool, or its tool a repair: another process may have made it meanwhile."""
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
        """Claim a task and make its tool; None if another claim holds or took over, or if nothing is wanted.

        Args:
            name: the task's name.
            ordered: what to make.
            is_wanted: whether it is still wanted, asked on the writer's thread once nobody else can make it.
            protocol: how to make it.
        """
        self.demand_maker()
        async with self._making:
            return await self._claimed_and_made(name, ordered, is_wanted, protocol)

    async def _claimed_and_made(
        self, name: str, ordered: Callable[[], Order], is_wanted: Callable[[], bool], protocol: ToolKind
    ) -> "_Settled | None":
        order, owner = await asyncio.to_thread(ordered), new_owner()
        claimed = await self._writer.do(partial(self._claimed, name, owner, order, is_wanted))
        if claimed is None:
            return None
        claim, came = claimed
        order, is_settled = self._orders.resumed(order, claim.work), False
        self._observer.on_event(MakingBegun(name))
        try:
            # The claim is held from its first moment: anything that is awaited before could let it run out.
            async with self._leases.held(owner) as lost:
                made = await unless(lost, self._carried_out(name, order, protocol))
                if made is None:
                    log.warning("the making of %s goes on elsewhere: its claim had run out", name)
                    return None
                divided: list[str] = []
                ripe = await self._writer.outlast(partial(self._settle, made, owner, came, divided))
                is_settled = True
        finally:
            if not is_settled:
                await asyncio.shield(self._writer.do(partial(self._leases.release, name, owner)))
        self._observer.on_event(MakingEnded(made.making))
        return _Settled(made.making, ripe)

    async def _carried_out(self, name: str, order: Order, protocol: ToolKind) -> Made:
        """Make what an order asks for, by the protocol."""
        maker = self.maker(name)
        if protocol is ToolKind.PAPER:
            return await PaperMaker(maker.model, self._sandbox, self._settings).carry_out(order)
        return await made_by(maker, order, self._settings.versions)

    def _claimed(self, name: str, owner: str, order: Order, is_wanted: Callable[[], bool]) -> tuple[Claim, int] | None:
        """The claim, and how many questions of the task had come; None if another holds, or if nothing is wanted."""
        claim = self._leases.claim(name, owner, work_of(order))
        if claim is None:
            return None
        self._watcher.refresh()
        if not is_wanted():
            self._cache.release_making(name, owner, keep_work=claim.resumed)
            return None
        return claim, self._record(name).came

    def _record(self, name: str) -> Record:
        """What is known of a task's questions; nothing if there is no such task."""
        return self._cache.records([name]).get(name, Record())

    async def make_wider(self, name: str, part: str) -> bool:
        """Make a version of a task's tool that also answers what was found as a new kind. Return whether there is one.

        Raises:
            NotFoundError: one of them is gone.
            LatmError: the model could not be asked, or the machine failed.
        """
        made = await self._make(name, partial(self._orders.wider, name, part), lambda: part in self._watcher.snapshot)
        return made is not None and made.making.tool_id is not None

    def maker(self, name: str) -> ToolMaker:
        """The tool maker of a task. What its models say is kept until the making is on record.

        Raises:
            SettingsError: no tool maker is set.
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
        """The model that may read for half tools; None if two programs must agree, as neither may rely on a model."""
        may_read = self._models.is_light and self._settings.tool_user and self._settings.versions == 1
        light = self._models.user if may_read else None
        return Journaled(light, journal, self._writer.outlast) if light else None

    def _settle(self, made: Made, owner: str | None, came: int, divided: list[str]) -> Sequence[str]:
        """Record the verdict and all that follows from it, and show it at once. Runs on the writer's thread.

        Args:
            made: the verdict.
            owner: of the claim for it; None if nobody claimed it.
            came: the value of the task's counter when the making began.
            divided: keeps the names that the task is divided into. If this is repeated, since the reply to its commit
                was lost, the task may be gone. Its examples are not kept: they may be forgotten meanwhile.

        Returns:
            The ripe ones of the tasks that the task became, if it was several.
        """
        parts = self._parts(made)
        divided[:] = parts or divided
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
        return self._divided(divided) if divided else ()

    def _parts(self, made: Made) -> Mapping[str, Sequence[Example]] | None:
        """The tasks that a task of several kinds becomes, by what the making says about some of its examples.

        None if it is of one kind, or gone.
        """
        if not made.parts:
            return None
        name, source = made.making.task, self._models.direct.name if self._models.direct else ""
        try:
            task = self._cache.task(name)
        except NotFoundError:
            return None
        snapshot = self._watcher.snapshot
        others = [other for one in snapshot.tasks_of(task.scope) if (other := snapshot.task(one))]
        given = all_of(task, self._cache.answers(name, self._settings.buffer), others, source)
        dropped = {question for question, _ in made.dropped}
        return parts_of(name, [one for one in given if one.question not in dropped], made.parts)


def _no_maker() -> SettingsError:
    return SettingsError("No tool maker is set.", hint="Set one: --maker provider:model, or LATM_MAKER.")


@dataclass(frozen=True, slots=True)
class _Settled:
    """A making on record, and the ripe tasks that it led to."""

    making: Making
    ripe: Sequence[str]
