"""The auditor carries out the audits that are due. No answer waits for it."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from latm.answering.absences import claims_absence
from latm.answering.afterthoughts import has_afterthought
from latm.answering.direct import DirectAnswer
from latm.answering.paper_user import PaperToolUser
from latm.answering.reader import Reader
from latm.errors import LatmError, ModelError, SettingsError, StoreError
from latm.event import Event
from latm.form import Form, Same, ruled_by
from latm.learning.economy import pause_after
from latm.learning.judging import judged
from latm.learning.watcher import Watcher
from latm.learning.writer import Writer
from latm.ledger import Usage
from latm.models import Models
from latm.observing import AuditEnded, AuditPostponed, Decided, Observer, log
from latm.question import Question
from latm.sandbox.protocol import Sandbox
from latm.sandbox.protocol import Verdict as Ran
from latm.settings import Settings
from latm.store import ABSTAINED, RIGHT, WRONG, Audit, Recorded, ToolCache, Verdict, new_owner
from latm.tool import ANSWER_FUNCTION, Program, ToolKind, ToolVersion

_LOOK_SECONDS = 5.0
_SHARE = 4
"""Audits take one in this many of the model calls at once: callers who wait for an answer go first."""
_COMPARED = 128
"""How many comparisons in shadow are claimed together; most ask no model."""
_LASTING = 60.0
"""Seconds without audits after an error that the next audit would meet too, such as a spent budget or a wrong key."""

_Found = tuple[Audit, Verdict]


@dataclass(slots=True)
class _Asked:
    """What asking for one audit led to, even if it breaks off.

    Attributes:
        reference: the answer to compare with; if an earlier try has paid for it, it is not asked for again.
        usage: what this try used.
    """

    reference: str | None = None
    usage: Usage = field(default_factory=Usage)


class Auditor:
    """Compares tools' answers with new direct answers. The store is its queue, so that no audit is lost.

    Args:
        cache: the tool cache, where audits wait.
        writer: the thread that writes.
        watcher: gives the current snapshot.
        sandbox: where versions in shadow run.
        models: the model of direct answers, and that of the tool user, which serves half tools and paper tools.
        settings: how to ask the model, and how many calls at once.
        observer: hears of each audit and of its result.
        same: decides whether two answers are the same; None: the task's form decides.
        on_events: hears what was decided about versions.
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
        same: Same | None = None,
        on_events: Callable[[Sequence[Event]], object] = len,
    ) -> None:
        self._cache = cache
        self._writer = writer
        self._watcher = watcher
        self._sandbox = sandbox
        self._direct = (
            DirectAnswer(models.direct, settings.answer_style, purpose="audit") if models.direct is not None else None
        )
        self._users: Mapping[ToolKind, Reader | PaperToolUser] = (
            {ToolKind.HALF: Reader(models.user, sandbox), ToolKind.PAPER: PaperToolUser(models.user, sandbox)}
            if models.user is not None and settings.tool_user
            else {}
        )
        self._judge = models.direct if settings.judge else None
        self._limit = max(1, settings.concurrency // _SHARE)
        self._calling = asyncio.Semaphore(self._limit)
        self._lease = (2 + math.ceil(_COMPARED / self._limit)) * settings.timeout + 60
        self._observer = observer
        self._same = same
        self._on_events = on_events
        self._absences = settings.absences
        self._owner = new_owner()
        self._wanted = asyncio.Event()
        self._working = asyncio.Lock()
        self._rests_until = 0.0
        self._due = 0
        self._following: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, also with the audits that earlier processes left."""
        if self._direct is not None:
            self._wanted.set()
            self._following = asyncio.create_task(self._follow(), name="latm auditor")

    @property
    def is_behind(self) -> bool:
        """Whether so many audits wait that more answers would leave them too far behind."""
        return self._due > _SHARE * self._limit

    def told(self, recorded: Recorded) -> None:
        """Hear of audits that are due and of what was decided. Call this on the event loop."""
        self._due += recorded.due
        if recorded.due:
            self._wanted.set()
        self._tell(recorded.events)

    async def finish(self) -> None:
        """Carry out all audits that can be carried out now."""
        if self._direct is not None:
            await self._carry_out()

    async def cancel(self) -> None:
        """Break off. Audits that are due stay due."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])

    async def _follow(self) -> None:
        while True:
            # We also look now and then: another process may have drawn audits, or died while it carried them out.
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._wanted.wait()
            self._wanted.clear()
            try:
                if await asyncio.to_thread(self._cache.audits_wait):
                    await self._carry_out()
            except StoreError as error:
                log.warning("audits wait until the store is back: %s", error)

    async def _carry_out(self) -> None:
        """Carry out the audits that are due now. What others add meanwhile waits for the next time.

        Verdicts go on record together: a transaction for each would cost more than the audits.
        """
        async with self._working:
            known, newest = self._due, await asyncio.to_thread(self._cache.newest_audit)
            if await self._compare_shadows(newest) and await self._ask_model(newest):
                self._due = max(0, self._due - known)

    def _goes_on(self) -> bool:
        return asyncio.get_running_loop().time() >= self._rests_until

    async def _compare_shadows(self, newest: int) -> bool:
        """Compare versions in shadow with direct answers, many at a time. Return whether none are left."""
        claim = partial(self._cache.claim_audits, self._owner, self._lease, _COMPARED, newest, shadow=True)
        while self._goes_on():
            audits = await self._writer.do(claim)
            if not audits:
                return True
            of_versions: dict[tuple[str, int], list[Audit]] = {}
            for audit in audits:
                of_versions.setdefault((audit.task, audit.version), []).append(audit)
            verdicts = [await self._in_shadow(own) for own in of_versions.values()]
            await self._settle([one for own in verdicts for one in own])
        return False

    async def _ask_model(self, newest: int) -> bool:
        """Compare served answers with the model's own, a few at a time. Return whether none are left."""
        under_way: set[asyncio.Task[_Found | None]] = set()
        try:
            while self._goes_on():
                room = self._limit - len(under_way)
                claim = partial(self._cache.claim_audits, self._owner, self._lease, room, newest, shadow=False)
                for audit in await self._writer.do(claim) if 2 * room >= self._limit else ():
                    asking = self._audited(audit, self._against_the_model)
                    under_way.add(asyncio.create_task(asking, name=f"latm audit {audit.id}"))
                if not under_way:
                    return True
                done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                await self._settle([found for task in done if (found := task.result())])
            await self._settle_all(under_way)
        except StoreError:
            # No more can be claimed while the store is away; what the model is asked for by now is paid for.
            await self._settle_all(under_way)
            raise
        finally:
            for task in under_way:
                task.cancel()
        return False

    async def _settle_all(self, under_way: set["asyncio.Task[_Found | None]"]) -> None:
        await self._settle([found for task in under_way if (found := await task)])

    async def _audited(self, audit: Audit, verdict: Callable[[Audit, _Asked], Awaitable[Verdict]]) -> _Found | None:
        """An audit with its verdict; None if it could not be carried out now and is to be tried again."""
        asked = _Asked(audit.reference)
        try:
            return audit, await verdict(audit, asked)
        except (LatmError, OSError) as error:
            await self._postpone(audit, error, asked)
        except Exception:  # noqa: BLE001  # our own bug: the audit stays due and the others go on
            log.exception("an audit of %s broke", audit.task)
        return None

    async def _settle(self, found: Sequence[_Found]) -> None:
        """Put verdicts on record. If that fails, their audits stay due and are carried out again."""
        if not found:
            return
        try:
            events = await self._writer.outlast(partial(self._put_on_record, found))
        except StoreError as error:
            log.warning("%d audits could not be put on record and are carried out again: %s", len(found), error)
            return
        for audit, verdict in found:
            of = (audit.task, audit.version, audit.source, verdict.verdict, audit.question)
            self._observer.on_event(AuditEnded(*of, verdict.text, verdict.reference, verdict.usage))
        self._tell(events)

    def _put_on_record(self, found: Sequence[_Found]) -> list[Event]:
        events = self._cache.settle_audits({audit.id: verdict for audit, verdict in found}, owner=self._owner)
        if events:
            self._watcher.refresh()
        return events

    def _tell(self, events: Sequence[Event]) -> None:
        for event in events:
            self._observer.on_event(Decided(event))
        if events:
            self._on_events(events)

    async def _postpone(self, audit: Audit, error: Exception, asked: "_Asked") -> None:
        lasting = isinstance(error, ModelError) and error.ends_run
        seconds = _LASTING if lasting else pause_after(audit.tries)
        if lasting:
            self._rests_until = asyncio.get_running_loop().time() + seconds
        try:
            later = partial(
                self._cache.postpone_audit, audit.id, audit.tries, str(error), asked.usage, seconds, asked.reference
            )
            await self._writer.outlast(later)
        except StoreError as more:
            log.warning("an audit of %s failed, and so did its record: %s", audit.task, more)
        self._observer.on_event(AuditPostponed(audit.task, error, seconds))

    async def _against_the_model(self, audit: Audit, asked: "_Asked") -> Verdict:
        """The verdict by the model's own answer. Now and then the model is asked twice, to see how sure it is."""
        if asked.reference is None:
            asked.reference = await self._ask(audit, asked)
        reference, text = asked.reference, audit.text or ""
        right, judged = await self._is_right(audit, text, reference, asked)
        verdict = RIGHT if right else WRONG
        again = await self._ask(audit, asked) if audit.asks_twice else None
        agrees = None if again is None else self._is_same(audit.task, again, reference)
        source = self._direct.model_name if self._direct else ""
        return Verdict(verdict, text, reference, again, agrees, judged, asked.usage, source)

    async def _is_right(self, audit: Audit, text: str, reference: str, asked: "_Asked") -> tuple[bool, bool | None]:
        """Whether an answer says the same as the reference, and whether a judge, if one was asked, was sure of it."""
        if self._is_same(audit.task, text, reference):
            return True, None
        if self._judge is None:
            return False, None
        try:
            found = await judged(self._judge, audit.question, text, reference)
        except ModelError as error:
            asked.usage += error.usage
            raise
        asked.usage += found.usage
        return found.same, found.agrees

    async def _ask(self, audit: Audit, asked: "_Asked") -> str:
        if self._direct is None:
            raise SettingsError("No model is set to compare answers with.")
        task = self._watcher.snapshot.task(audit.task)
        question = Question(audit.question, audit.scope)
        try:
            text, usage = await self._direct.answer(question, task.examples if task else ())
        except ModelError as error:
            asked.usage += error.usage
            raise
        asked.usage += usage
        if not text.strip():
            raise ModelError("The reference gave an empty answer.")
        return text

    async def _in_shadow(self, audits: Sequence[Audit]) -> list[_Found]:
        """What versions in shadow say to questions that the model has answered, one version after the other."""
        snapshot, name = self._watcher.snapshot, audits[0].task
        tool, task = snapshot.shadow(name), snapshot.task(name)
        if tool is None or task is None or tool.number != audits[0].version:
            return [_abstained(audit) for audit in audits]
        asked, passed = [], []
        for audit in audits:
            if has_afterthought(audit.question, tool, task):
                passed.append(_abstained(audit))
            else:
                asked.append(audit)
        say = self._said_in_shadow if tool.kind is ToolKind.COMPILED else self._called_in_shadow
        return passed + (await say(tool, asked) if asked else [])

    async def _said_in_shadow(self, tool: ToolVersion, audits: Sequence[Audit]) -> list[_Found]:
        questions = [audit.question for audit in audits]
        try:
            said = [await self._said(program, questions) for program in tool.programs]
        except LatmError as error:
            for audit in audits:
                await self._postpone(audit, error, _Asked(audit.reference))
            return []
        texts = dict(zip((audit.id for audit in audits), zip(*said, strict=True), strict=True))
        found = [await self._audited(audit, partial(self._compared, tool, texts[audit.id])) for audit in audits]
        return [one for one in found if one]

    async def _called_in_shadow(self, tool: ToolVersion, audits: Sequence[Audit]) -> list[_Found]:
        async def verdict(audit: Audit, asked: _Asked) -> Verdict:
            async with self._calling:
                return await self._compared(tool, [await self._called(tool, audit.question, asked)], audit, asked)

        found = await asyncio.gather(*(self._audited(audit, verdict) for audit in audits))
        return [one for one in found if one]

    async def _compared(self, tool: ToolVersion, said: Sequence[str | None], audit: Audit, asked: _Asked) -> Verdict:
        """The verdict on what the programs of a version say. All of them must say the same."""
        text, reference = said[0], audit.reference or ""
        if text is not None and self._is_doubted(tool, text):
            text = None
        if text is None or any(other is None or not self._is_same(audit.task, text, other) for other in said[1:]):
            return Verdict(ABSTAINED, None, reference, usage=asked.usage)
        right, judged = await self._is_right(audit, text, reference, asked)
        source = self._direct.model_name if self._direct else ""
        return Verdict(RIGHT if right else WRONG, text, reference, judged=judged, usage=asked.usage, source=source)

    def _is_doubted(self, tool: ToolVersion, text: str) -> bool:
        """Whether a version that begins to serve would not be trusted with a claim that nothing is there."""
        searches = tool.kind is ToolKind.COMPILED and tool.verification.searches
        return searches and self._absences > 0 and claims_absence(text)

    async def _called(self, tool: ToolVersion, question: str, asked: _Asked) -> str | None:
        """What the tool user finds with a half tool or a paper tool; None if it finds nothing."""
        user = self._users.get(tool.kind)
        if user is None:
            return None
        try:
            used = await user.answer(question, tool)
        except ModelError as error:
            asked.usage += error.usage
            raise
        asked.usage += used.usage
        return used.text

    async def _said(self, program: Program, questions: Sequence[str]) -> list[str | None]:
        """What a program says to each question; None if it gives no answer."""
        results = await self._sandbox.batch(program.code, ANSWER_FUNCTION, [(question,) for question in questions])
        return [one.value if one.verdict is Ran.OK and isinstance(one.value, str) else None for one in results]

    def _is_same(self, name: str, one: str, other: str) -> bool:
        """Whether two answers say the same.

        Raises:
            SettingsError: the caller's own function raised an error.
        """
        task = self._watcher.snapshot.task(name)
        form = ruled_by(self._same, task.form if task else Form())
        try:
            return form.same(one, other)
        except Exception as error:
            said = f"The function that says when two answers are the same raised {type(error).__name__}: {error}."
            raise SettingsError(said, hint="It gets two texts and returns whether they say the same.") from error


def _abstained(audit: Audit) -> _Found:
    return audit, Verdict(ABSTAINED, None, audit.reference)
