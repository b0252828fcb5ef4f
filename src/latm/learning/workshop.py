"""The workshop: has tools made, each task by one maker at a time, and tries again what could not be."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial, reduce
from typing import Any

from latm.answer import Route
from latm.answering.direct import DirectAnswer
from latm.answering.snapshot import Snapshot
from latm.auditing import goal_of
from latm.errors import LatmError, NotFoundError, ReplayMissError, SettingsError, StoreError
from latm.event import Event, EventKind
from latm.form import Form, Same, find_form, fit_form, parse_form, ruled_by
from latm.known import Known
from latm.learning.breadth import in_breadth, parts_of
from latm.learning.economy import pause_after
from latm.learning.outlook import Outlook, outlook
from latm.learning.watcher import Watcher
from latm.learning.writer import Writer
from latm.making.adapting import adapted
from latm.making.maker import Made, Order, ToolMaker
from latm.making.pairs import PairJudge
from latm.models import Models
from latm.models.journal import Journaled
from latm.observing import AwaitsApproval, Decided, MakingBegun, MakingEnded, MakingPostponed, Observer, log
from latm.provenance import Making
from latm.sandbox.protocol import Sandbox
from latm.settings import Settings
from latm.store import ToolCache, new_owner
from latm.task import Example, Task, TaskStatus
from latm.tool import Program, ToolStatus, ToolVersion

_FOREIGN_PER_TASK = 3
_FOREIGN_TASKS = 20
_LEASE_SECONDS = 60.0
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
        ripe: says which of some tasks are ripe for a tool; called by the writer alone.
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
        ripe: Callable[[Sequence[str]], Sequence[str]],
        same: Same | None = None,
    ) -> None:
        self._cache = cache
        self._ripe = ripe
        self._writer = writer
        self._watcher = watcher
        self._sandbox = sandbox
        self._models = models
        self._settings = settings
        self._observer = observer
        self._same = same
        self._checking = asyncio.Semaphore(_CHECKED_AT_ONCE)
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._repairing: dict[str, asyncio.Task[None]] = {}

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

    async def make(self, task: str, examples: Sequence[Example]) -> Making:
        """Make one tool from these examples; what the models said survives a crash, and is not paid for twice.

        Raises:
            SettingsError: no tool maker is set, or another process is making a tool for this task.
            InputError: there are too few examples.
            ModelError: the model could not be asked; nothing was decided, and what it answered so far is kept.
        """
        made = await self._make(task, partial(self._order_of, task, examples))
        if made is None:
            raise SettingsError(
                f"A tool for {task!r} is being made elsewhere.", hint="Wait for it, or try again in a few minutes."
            )
        return made.making

    def demand_maker(self) -> None:
        """Refuse to make anything without a tool maker.

        Raises:
            SettingsError: none is set.
        """
        if self._models.maker is None:
            raise _no_maker()

    def outlook(self, name: str) -> Outlook:
        """What is missing for a task's tool; reads the store.

        Raises:
            NotFoundError: there is no such task.
        """
        task = self._cache.task(name)
        record = self._cache.records([name])[name]
        postponed = [event.why for event in self._cache.events(name) if event.kind is EventKind.POSTPONED]
        return outlook(
            task,
            record,
            self._settings,
            making=self._cache.average_making_usage(),
            last_failure=postponed[-1] if record.failures and postponed else "",
            makes=self._models.maker is not None,
            now=time.time(),
            is_compared=self._watcher.snapshot.shadow(name) is not None,
        )

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
            if made := await self._make(name, partial(self._order_now, name)):
                await self._writer.do(partial(self._retire_unmended, name))
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

    def _retire_unmended(self, name: str) -> None:
        """Retire a tool that was found wrong, where no repair has taken its place."""
        task = self._watcher.snapshot.task(name)
        if task is not None and task.status in {TaskStatus.FAILED, TaskStatus.UNTOOLABLE}:
            self._retire(name, f"it was found wrong, and could not be mended: {task.reason}")

    def _retire(self, name: str, why: str) -> None:
        version = self._suspended(name)
        if version is not None:
            self._cache.append_event(Event(EventKind.RETIRED, name, version.number, "auditor", why))
            self._watcher.refresh()
            self._observer.on_event(Decided(self._cache.events(name)[-1]))

    def _suspended(self, name: str) -> ToolVersion | None:
        """The newest version of a task, where audits have suspended it."""
        versions = self._cache.tools(task=name)
        return versions[-1] if versions and versions[-1].status is ToolStatus.SUSPENDED else None

    async def _postpone(self, name: str, error: Exception) -> None:
        try:
            records = await self._writer.do(partial(self._cache.records, [name]))
            seconds = pause_after(records[name].failures if name in records else 0)
            await self._writer.do(partial(self._cache.postpone_making, name, str(error), time.time() + seconds))
        except (StoreError, NotFoundError) as more:
            log.warning("the making of %s failed, and so did its record: %s", name, more)
            return
        self._observer.on_event(MakingPostponed(name, error, seconds))

    async def _make(self, name: str, ordered: Callable[[], Order]) -> "_Settled | None":
        """Claim a task and make its tool; None where another claim holds."""
        self.demand_maker()
        order, owner = await asyncio.to_thread(ordered), new_owner()
        claim = await self._writer.do(partial(self._cache.claim_making, name, owner, _LEASE_SECONDS, _work_of(order)))
        if claim is None:
            return None
        order = self._resumed(order, claim.work)
        self._observer.on_event(MakingBegun(name))
        async with self._leased(name, owner):
            records = await self._writer.do(partial(self._cache.records, [name]))
            made = await self._maker(name).make(order)
            came = records[name].came if name in records else 0
            ripe = await self._writer.do(partial(self._settle, made, owner, came))
        self._observer.on_event(MakingEnded(made.making))
        return _Settled(made.making, ripe)

    def _maker(self, name: str) -> ToolMaker:
        if self._models.maker is None:
            raise _no_maker()
        journal = self._cache.journal(name)
        model = Journaled(self._models.maker, journal, self._writer.do)
        fresh = self._models.judge or self._models.direct
        if fresh is None:
            return ToolMaker(model, None, self._sandbox, self._settings, self._checking)
        asked = Journaled(fresh, journal, self._writer.do)
        judge, pairs = DirectAnswer(asked, self._settings.answer_style), PairJudge(asked)
        return ToolMaker(model, judge, self._sandbox, self._settings, self._checking, pairs)

    def _settle(self, made: Made, owner: str, came: int) -> Sequence[str]:
        """On the writer's thread: the verdict, and all that follows from it, shown at once.

        Returns:
            The tasks that the task became, where it was several, as far as they are ripe.
        """
        parts = self._parts(made) if made.parts else None
        stored = self._cache.record_making(
            made.making,
            made.program,
            owner=owner,
            came=came,
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
        return self._ripe(list(parts)) if parts else ()

    def _parts(self, made: Made) -> Mapping[str, Sequence[Example]]:
        """The tasks that a task of several kinds becomes, by what the making says of some of its examples."""
        name, source = made.making.task, self._models.direct.name if self._models.direct else ""
        given = {
            answer.question: Example(answer.question, answer.text, source, answer.scope)
            for answer in reversed(self._cache.answers(name, self._settings.buffer))
            if answer.route is Route.DIRECT
        }
        given |= {example.question: example for example in self._cache.task(name).examples}
        dropped = {question for question, _ in made.dropped}
        return parts_of(name, [one for one in given.values() if one.question not in dropped], made.parts)

    @asynccontextmanager
    async def _leased(self, name: str, owner: str) -> AsyncIterator[None]:
        """Keep the claim alive; where the making breaks off, its work is kept for whoever goes on with it."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(_LEASE_SECONDS / 3)
                await self._writer.do(partial(self._cache.renew_claim, name, owner, _LEASE_SECONDS))

        renewing = asyncio.create_task(renew(), name=f"latm lease {name}")
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.wait([renewing])
            # A claim that was settled is gone already; this gives up one that was not.
            await asyncio.shield(self._writer.do(partial(self._release, name, owner)))

    def _release(self, name: str, owner: str) -> None:
        try:
            self._cache.release_making(name, owner, keep_work=True)
        except StoreError as error:
            log.warning("the claim on %s could not be given up and runs out by itself: %s", name, error)

    def _order_now(self, name: str) -> Order:
        snapshot = self._watcher.snapshot
        task = snapshot.task(name)
        if task is None:
            raise NotFoundError(f"There is no task {name!r}.")
        if (failed := self._suspended(name)) is not None:
            order = self._order(snapshot, task)
            others = tuple(program for program in order.reusable if program.id != failed.id)
            return replace(order, previous=failed.program, reusable=others)
        if self._settings.grouping == "arrival":
            return self._order(snapshot, task)
        broad = in_breadth(task.examples, self._settings.examples_shown, self._settings.examples_held_out)
        order = self._order(snapshot, replace(task, examples=broad.examples))
        return replace(order, shown=broad.shown, may_be_several=True)

    def _order_of(self, name: str, examples: Sequence[Example]) -> Order:
        snapshot = self._watcher.snapshot
        known = snapshot.task(name)
        scope = examples[0].scope if examples else known.scope if known else Task(name).scope
        return self._order(snapshot, Task(name, tuple(examples), scope=scope, form=(known or Task(name)).form))

    def _order(self, snapshot: Snapshot, task: Task) -> Order:
        neighbours = snapshot.neighbours(task, _FOREIGN_TASKS)
        foreign = [
            (known.task.name, example) for known in neighbours for example in known.task.examples[:_FOREIGN_PER_TASK]
        ]
        near = neighbours[: self._settings.shortlist] if self._settings.reuse else []
        if self._settings.reuse and self._settings.reuse_across_scopes:
            near += snapshot.neighbours_elsewhere(task, self._settings.shortlist)
        programs = {known.tool.id: known.tool.program for known in near if known.tool is not None}
        if self._settings.grouping == "look-back":
            # An edited preamble costs no making: the old tool behind the new text is held against the new examples.
            questions = [example.question for example in task.examples]
            edited = (_adapted(known, questions) for known in near)
            programs |= {program.id: program for program in edited if program is not None}
        asked = self._settings.answer_form or ""
        form = ruled_by(self._same, self._form_now(task))
        return Order(task.name, task.examples, foreign, tuple(programs.values()), form, asked_form=asked)

    def _form_now(self, task: Task) -> Form:
        """The form that a serving tool was held against; else found anew, since more examples show more of it."""
        if task.status is TaskStatus.SERVED and task.form != Form() and not self._settings.answer_form:
            return task.form
        return reduce(Form.taught, task.form.rulings, self._form(task.examples))

    def _form(self, examples: Sequence[Example]) -> Form:
        """How the answers look: as the user says, or as the examples show."""
        answers = [example.answer for example in examples]
        if self._settings.answer_form:
            return fit_form(parse_form(self._settings.answer_form), answers)
        return find_form(answers, [example.question for example in examples])

    def _resumed(self, order: Order, work: Any) -> Order:
        """The order as an earlier maker had it, where that was broken off: its paid completions fit these prompts."""
        if work == _work_of(order):
            return order
        scope = order.examples[0].scope if order.examples else Task(order.task).scope
        examples = [Example(question, answer, source, scope) for question, answer, source in work["examples"]]
        foreign = [
            (task, Example(question, answer, source, scope)) for task, question, answer, source in work["foreign"]
        ]
        form = ruled_by(self._same, self._form(examples))
        shown, several = work.get("shown"), work.get("may_be_several", False)
        return replace(order, examples=examples, foreign=foreign, form=form, shown=shown, may_be_several=several)


def _adapted(known: Known, questions: Sequence[str]) -> Program | None:
    if known.tool is None:
        return None
    return adapted(known.tool.program, [example.question for example in known.task.examples], questions)


def _no_maker() -> SettingsError:
    return SettingsError("No tool maker is set.", hint="Set one: --maker provider:model, or LATM_MAKER.")


def _work_of(order: Order) -> Any:
    """An order as plain data."""
    return {
        "examples": [[one.question, one.answer, one.source] for one in order.examples],
        "foreign": [[task, one.question, one.answer, one.source] for task, one in order.foreign],
        "shown": order.shown,
        "may_be_several": order.may_be_several,
    }


@dataclass(frozen=True, slots=True)
class _Settled:
    """A making on record, and which tasks that came of it are ripe."""

    making: Making
    ripe: Sequence[str]
