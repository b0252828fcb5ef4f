"""The answerer: it dispatches, then climbs the ladder of tool, tool user and direct answer. It never uses the store."""

import asyncio
import itertools
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from latm.answer import Answer, Route
from latm.answering.afterthoughts import AFTERTHOUGHT
from latm.answering.direct import DirectAnswer
from latm.answering.dispatcher import Dispatch, Dispatcher, Engine
from latm.answering.flights import Flights
from latm.answering.model_dispatcher import ModelDispatcher
from latm.answering.paper_user import PaperToolUser
from latm.answering.reader import Reader
from latm.answering.snapshot import Snapshot
from latm.answering.tool_user import ToolUser, Used
from latm.errors import LatmError, ModelError
from latm.form import Same
from latm.known import ABSENCE
from latm.ledger import Usage
from latm.models import Models
from latm.observing import Observer, RoleFailed
from latm.question import Question
from latm.sandbox.protocol import Sandbox
from latm.settings import Settings
from latm.tool import ToolKind, ToolVersion

_AHEAD = 32


class User(Protocol):
    """A tool user of either kind."""

    async def answer(self, question: str, tool: ToolVersion) -> Used:
        """Answer with the tool."""
        ...


class Answerer:
    """Answers questions from what one snapshot knows.

    Args:
        sandbox: where tools run.
        models: the models of the tool user, the dispatcher and the direct answers.
        settings: how many candidates to try, whether to ask the tool user, and how to ask for a direct answer.
        observer: hears when a role fails and a question goes on without it.
        same: decides whether two answers agree; None: the task's form decides.
        engine: dispatches many questions at once; None: the sandbox of this process does.

    Attributes:
        ahead: the most blocks that a run looks ahead: the more questions a tool gets at once, the less each costs.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # what answering rests on
        self,
        sandbox: Sandbox,
        models: Models,
        settings: Settings,
        observer: Observer,
        same: Same | None = None,
        engine: Engine | None = None,
    ) -> None:
        self._engine = engine
        self.ahead = max(_AHEAD, engine.at_once // settings.block) if engine else _AHEAD
        chooser = ModelDispatcher(models.dispatcher) if models.dispatcher else None
        self._dispatcher = Dispatcher(
            sandbox, shortlist=settings.shortlist, absences=settings.absences, model=chooser, same=same
        )
        self._users: Mapping[ToolKind, User] = {}
        if models.user and settings.tool_user:
            self._users = {
                ToolKind.COMPILED: ToolUser(models.user, sandbox),
                ToolKind.HALF: Reader(models.user, sandbox, partial=settings.partial),
                ToolKind.PAPER: PaperToolUser(models.user, sandbox),
            }
        self._direct = DirectAnswer(models.direct, settings.answer_style) if models.direct else None
        self._observer = observer
        self._serials = serials()
        self._flights: Flights[Answer | LatmError] = Flights()

    async def answer(self, snapshot: Snapshot, questions: Sequence[Question]) -> list[Answer | LatmError]:
        """The answer to each question, in order; or an error that other questions would meet too."""
        return await self.climb(await self.dispatch(snapshot, questions))

    async def dispatch(self, snapshot: Snapshot, questions: Sequence[Question]) -> list["Climb | LatmError"]:
        """Each question's first step: where it belongs and what the tools say. Only the dispatcher may ask a model."""
        started = time.perf_counter()
        try:
            dispatches = await self._dispatches(snapshot, questions)
        except LatmError as error:
            return [error] * len(questions)
        seconds = (time.perf_counter() - started) / max(1, len(questions))
        return [Climb(_allowed(dispatch), seconds, next(self._serials)) for dispatch in dispatches]

    async def _dispatches(self, snapshot: Snapshot, questions: Sequence[Question]) -> list[Dispatch]:
        if self._engine is not None and len(questions) > 1:
            return await self._engine.dispatch(self._dispatcher, snapshot, questions)
        return await self._dispatcher.dispatch(snapshot, questions)

    def elsewhere(self, attempt: "Attempt", text: str, usage: Usage, seconds: float) -> Answer:
        """A direct answer that somebody else asked a model for."""
        dispatch = Dispatch(attempt.question, evidence="the tools were not asked")
        climb = attempt.climb or Climb(dispatch, 0.0, next(self._serials))
        climb.note("a model was asked elsewhere", usage)
        return replace(_climbed(climb, text, Route.DIRECT), seconds=seconds)

    async def climb(self, begun: Sequence["Climb | LatmError"]) -> list[Answer | LatmError]:
        """Take each question, at the same time, up the rungs above the tool, unless a tool has answered it."""
        done: list[Answer | LatmError | None] = [_at_once(climb) for climb in begun]
        left = [place for place, answer in enumerate(done) if answer is None]
        if left:
            climbs = (climb for place in left if isinstance(climb := begun[place], Climb))
            for place, answer in zip(left, await asyncio.gather(*map(self._climb, climbs)), strict=True):
                done[place] = answer
        return [answer for answer in done if answer is not None]

    async def _climb(self, climb: "Climb") -> Answer | LatmError:
        """The rungs above the tool. Equal questions of one scope that climb at the same time share one answer."""
        started = time.perf_counter()
        answer, pays = await self._flights.share(climb.key, partial(self._above_the_tool, climb))
        if isinstance(answer, LatmError):
            return answer
        if not pays:
            evidence = f"{answer.evidence}; shared with an equal question that was under way"
            answer = replace(answer, usage=climb.dispatch.usage, earlier=_dispatching(climb), evidence=evidence)
        seconds = climb.seconds + time.perf_counter() - started
        return replace(answer, id=climb.dispatch.question.id, seconds=seconds, serial=climb.serial)

    async def _above_the_tool(self, climb: "Climb") -> Answer | LatmError:
        """Ask the tool user, then for a direct answer."""
        try:
            return await self._by_tool_user(climb) or await self._by_direct_answer(climb)
        except LatmError as error:
            return error

    async def _by_tool_user(self, climb: "Climb") -> Answer | None:
        tool = climb.dispatch.tool
        user = self._users.get(tool.kind) if tool else None
        if tool is None or user is None or climb.dispatch.guard in {AFTERTHOUGHT, ABSENCE}:
            return None
        if tool.second is not None:
            return None  # a tool's answer on a model's arguments is not one that two tools agree on
        try:
            used = await user.answer(climb.dispatch.question.text, tool)
        except ModelError as error:
            self._observer.on_event(RoleFailed("user", error))
            climb.earlier["tool_user"] = error.usage
            climb.note(f"the tool user failed: {error.message}", error.usage)
            return None
        task = climb.dispatch.task
        if used.text is not None and task is not None and not task.form.valid(used.text):
            used = replace(used, text=None, evidence=f"{used.evidence}: an answer in another form")
        if used.text is None:
            climb.earlier["tool_user"] = used.usage
        climb.note(used.evidence, used.usage)
        if used.text is None:
            return None
        answer = _climbed(climb, used.text, Route.TOOL_USER)
        # The version does not vouch for a part of an answer: no audit compares it, no bound counts it.
        return replace(answer, missing=used.missing, tool=None, bound=None) if used.missing else answer

    async def _by_direct_answer(self, climb: "Climb") -> Answer:
        if self._direct is None:
            climb.note("no model is set")
            return _climbed(climb, "", Route.FAILED, "no model")
        question = climb.dispatch.question
        if not question.text.strip():
            climb.note("the question is empty")
            return _climbed(climb, "", Route.FAILED, "empty question")
        task = climb.dispatch.task
        try:
            text, usage = await self._direct.answer(question, task.examples if task else ())
        except ModelError as error:
            if error.ends_run:
                raise
            climb.note(error.message, error.usage)
            failed = _climbed(climb, "", Route.FAILED, error.reason)
            return replace(failed, retry_after=(error.retry_after or 0.0) if error.may_pass else None)
        climb.note("", usage)
        if not text.strip():
            climb.note("the model gave an empty answer")
            return _climbed(climb, "", Route.FAILED, "empty")
        return _climbed(climb, text, Route.DIRECT)


class Climb:
    """One question on its way up the ladder.

    Args:
        dispatch: where it belongs.
        seconds: its share of the time of the dispatch.
        serial: the name of its answer.

    Attributes:
        kept: an earlier answer to the same request; None if none may serve.
    """

    __slots__ = ("dispatch", "earlier", "evidence", "kept", "seconds", "serial", "usage")

    def __init__(self, dispatch: Dispatch, seconds: float, serial: str) -> None:
        self.dispatch = dispatch
        self.seconds = seconds
        self.serial = serial
        self.usage = dispatch.usage
        self.evidence = dispatch.evidence
        self.kept: str | None = None
        self.earlier = _dispatching(self) if dispatch.usage.calls else {}

    @property
    def text(self) -> str | None:
        """The answer without a model: the tool's, or else an earlier one to the same request."""
        return self.kept if self.dispatch.text is None else self.dispatch.text

    @property
    def exact(self) -> str:
        """The key of the request if an earlier answer may serve."""
        return self.dispatch.question.exact

    @property
    def key(self) -> tuple[str, str, str | None, str | None]:
        """What two questions with the same way up share: scope, text, task and tool."""
        dispatch = self.dispatch
        task, tool = dispatch.task, dispatch.tool
        names = task.name if task else None, tool.id if tool else None
        return dispatch.question.scope.digest, dispatch.question.text, *names

    def note(self, evidence: str, usage: Usage | None = None) -> None:
        """Add what a rung found and what it spent."""
        self.evidence = f"{self.evidence}; {evidence}" if evidence else self.evidence
        self.usage = self.usage + usage if usage else self.usage


def _dispatching(climb: Climb) -> dict[str, Usage]:
    spent = climb.dispatch.usage
    return {"dispatcher": spent} if spent.calls else {}


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the tools alone made of a question.

    Attributes:
        question: the question.
        answer: a tool's, or an earlier one to the same request; None if nothing was found or looked for.
        climb: how far the question has come; None if no tool was asked.
    """

    question: Question
    answer: Answer | None = None
    climb: Climb | None = None


def _at_once(climb: Climb | LatmError) -> Answer | LatmError | None:
    """The result if it needs no further asking; None if the rungs above the tool are needed."""
    if isinstance(climb, LatmError):
        return climb
    if climb.dispatch.text is not None:
        return _climbed(climb, climb.dispatch.text, Route.TOOL)
    if climb.kept is None:
        return None
    climb.note("the same was asked and answered before")
    return _climbed(climb, climb.kept, Route.EXACT)


def _allowed(dispatch: Dispatch) -> Dispatch:
    """The dispatch, without its tool if that is known to err more often than the caller allows."""
    allowed, tool = dispatch.question.max_error, dispatch.tool
    if allowed is None or tool is None or tool.error <= allowed:
        return dispatch
    why = f"tool {tool.id} is known to err in up to {tool.error:.2%}, and {allowed:.2%} are allowed"
    return replace(dispatch, tool=None, text=None, evidence=why)


def _climbed(climb: Climb, text: str, route: Route, reason: str = "") -> Answer:
    """The answer that a climb leads to."""
    dispatch = climb.dispatch
    by = dispatch.tool if route in {Route.TOOL, Route.TOOL_USER} else None
    return Answer(
        question=dispatch.question.text,
        text=text,
        route=route,
        task=dispatch.task.name if dispatch.task else None,
        tool_id=by.id if by else None,
        usage=climb.usage,
        seconds=climb.seconds,
        evidence=climb.evidence,
        id=dispatch.question.id,
        scope=dispatch.question.scope,
        reason=reason,
        abstained=dispatch.tool is not None and route in {Route.DIRECT, Route.TOOL_USER},
        serial=climb.serial,
        exact=dispatch.question.exact if route in {Route.DIRECT, Route.EXACT} else "",
        tool=(by.task, by.number) if by else None,
        bound=by.error if by else None,
        earlier={} if route is Route.TOOL else climb.earlier,
        guard="" if route is Route.TOOL else dispatch.guard,
        held="" if route is Route.TOOL else dispatch.held,
    )


def serials() -> Iterator[str]:
    """Names for answers, each unique across all processes."""
    here = secrets.token_hex(8)
    return (f"{here}-{number:010x}" for number in itertools.count(1))
