"""The dispatcher: from questions to the tools that answer them. The parser is the proof."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import NamedTuple, Protocol

from latm.answering.absences import are_trusted, claims_absence
from latm.answering.afterthoughts import AFTERTHOUGHT, has_afterthought
from latm.answering.folded import answers_as_typed_otherwise
from latm.answering.model_dispatcher import ModelDispatcher
from latm.answering.snapshot import Resemblance, Snapshot
from latm.errors import ModelError
from latm.form import FOLDED, Form, Same, Sameness, ruled_by
from latm.kinds import TEXT
from latm.known import ABSENCE, Known
from latm.ledger import Usage
from latm.question import Question
from latm.sandbox.protocol import Result, Sandbox, Verdict
from latm.task import Task
from latm.tool import ANSWER_FUNCTION, ToolVersion

Results = Mapping[tuple[str, str], dict[str, Result]]
"""What each program said, by its id and the digest of the scope, then by the question's text.

Scopes may share a program but never a batch, so that under the isolation `batch` they never share a worker."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Where a question belongs.

    Attributes:
        question: the question.
        task: the task that it seems to belong to; None if it is of no known kind.
        tool: the tool that serves that task; None without one.
        text: the tool's answer if its parser accepted the question; None if it abstained.
        evidence: in one sentence, why.
        usage: what the model dispatcher spent.
        guard: what kept the task's tool from answering: `abstained`, `failed`, `form`, `disagreed`,
            `afterthought` or `absence`; otherwise empty.
        held: the answer that it would have given; empty if it had none.
    """

    question: Question
    task: Task | None = None
    tool: ToolVersion | None = None
    text: str | None = None
    evidence: str = "of no known kind"
    usage: Usage = Usage()
    guard: str = ""
    held: str = ""


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a candidate's tool said, and the guard that keeps it from counting; empty if none does."""

    text: str
    guard: str = ""


class _Asked(NamedTuple):
    """A question, what it resembles in a snapshot, and how many claims of absence must have been confirmed."""

    snapshot: Snapshot
    question: Question
    like: Resemblance
    absences: int


class Engine(Protocol):
    """Dispatches many questions at once, such as through other processes.

    Attributes:
        at_once: how many questions it wants at once, so that all of its workers are busy.
    """

    at_once: int

    async def dispatch(self, local: "Dispatcher", snapshot: Snapshot, questions: Sequence[Question]) -> list[Dispatch]:
        """One dispatch per question, in order, as the local dispatcher would return them."""
        ...


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Tries the candidates' own parsers, then the model dispatcher if one is set; otherwise the question is unknown.

    Attributes:
        sandbox: where the candidates' tools run.
        shortlist: how many candidates to try on a question.
        model: chooses among the candidates that abstained, as in the paper; None: only wording decides.
        absences: how many claims that nothing is there the model must confirm before a tool that searches is
            believed.
        same: decides whether two answers agree; None: the task's form decides.
    """

    sandbox: Sandbox
    _: KW_ONLY
    shortlist: int
    absences: int = 0
    model: ModelDispatcher | None = None
    same: Same | None = None

    @property
    def asks_model(self) -> bool:
        """Whether a model chooses among candidates that abstained."""
        return self.model is not None

    async def dispatch(self, snapshot: Snapshot, questions: Sequence[Question]) -> list[Dispatch]:
        """One dispatch per question, in order; all of them see one snapshot.

        Raises:
            SandboxUnavailableError: this machine cannot jail tools.
        """
        asked = [_Asked(snapshot, one, snapshot.resemblance(one, self.shortlist), self.absences) for one in questions]
        first = await self._try_tools([(one.question, one.like.candidates[: one.like.close]) for one in asked])
        found = [self._accepted(one, one.like.close, first) for one in asked]
        if all(found):
            return [dispatch for dispatch in found if dispatch is not None]
        left = [one for one, dispatch in zip(asked, found, strict=True) if dispatch is None]
        second = await self._try_tools([(one.question, one.like.candidates[one.like.close :]) for one in left])
        results = {
            program: first.get(program, {}) | second.get(program, {}) for program in first.keys() | second.keys()
        }
        found = [
            dispatch or self._accepted(one, len(one.like.candidates), results)
            for dispatch, one in zip(found, asked, strict=True)
        ]
        left = [one for one, dispatch in zip(asked, found, strict=True) if dispatch is None]
        abstained = iter(await asyncio.gather(*(self._abstained(one, results) for one in left)))
        return [dispatch or next(abstained) for dispatch in found]

    def _accepted(self, asked: _Asked, tried: int, results: Results) -> Dispatch | None:
        """The answer that all accepting tools among the candidates tried agree on; None if none accepts or two differ.

        The tool may be a sibling's: a tool for five objects may take seven when the tool for seven abstains.
        """
        heard = [(known, _heard(known, asked, results)) for known in asked.like.candidates[:tried]]
        said = [(known, one.text) for known, one in heard if not one.guard]
        if not said or _contradict([known for known, _ in said], [one for _, one in heard]):
            return None
        first, text = said[0]
        if len(said) > 1:
            form = ruled_by(self.same, first.task.form)
            if any(not _agree(form, text, other) for _, other in said[1:]):
                return None
        task = _belonging(asked, [known for known, _ in said])
        chosen, text = next(((known, text) for known, text in said if known.task.name == task.name), said[0])
        tool = _tool(chosen)
        why = f"the parser of tool {tool.id} accounts for the whole question"
        return Dispatch(asked.question, task, tool, text, why)

    async def _try_tools(self, asking: Sequence[tuple[Question, Sequence[Known]]]) -> Results:
        """What the candidates' tools say, in one batch per program."""
        asked: dict[tuple[str, str], tuple[str, dict[str, None]]] = {}
        for question, candidates in asking:
            for known in candidates:
                for program in _tool(known).programs:
                    asked.setdefault((program.id, question.scope.digest), (program.code, {}))[1][question.text] = None
        if not asked:
            return {}
        batches = [self._try(code, list(texts)) for code, texts in asked.values()]
        done = [await batches[0]] if len(batches) == 1 else await asyncio.gather(*batches)
        return dict(zip(asked, done, strict=True))

    async def _try(self, code: str, texts: Sequence[str]) -> dict[str, Result]:
        results = await self.sandbox.batch(code, ANSWER_FUNCTION, [(text,) for text in texts])
        return dict(zip(texts, results, strict=True))

    async def _abstained(self, asked: _Asked, results: Results) -> Dispatch:
        """Where a question belongs if no tool answers it."""
        question, like = asked.question, asked.like
        if sum(_text(known, asked, results) is not None for known in like.candidates) > 1:
            return Dispatch(question, evidence="tools of several tasks accept it and disagree")
        held = next((one.task for one in like.candidates if _is_held(_heard(one, asked, results))), None)
        if held is None and (folded := await self._as_typed_otherwise(asked)):
            return folded
        task, usage, doubt = (held, Usage(), "") if held else await self._chosen(question, like)
        if task is None:
            return Dispatch(question, evidence=f"of no known kind{doubt}", usage=usage)
        known = next((one for one in like.candidates if one.task.name == task.name), None)
        heard = _heard(known, asked, results) if known else _Heard("")
        evidence = _why(task, _said(known, question, results) if known else None, heard) + doubt
        tool = asked.snapshot.tool(task.name)
        return Dispatch(question, task, tool, None, evidence, usage, heard.guard, heard.text)

    async def _as_typed_otherwise(self, asked: _Asked) -> Dispatch | None:
        """The answer that all tools agree on once typography is folded; None if none accepts or two differ."""
        question = asked.question
        may = [known for known in asked.like.candidates if not _adds(known, asked)]
        said = await answers_as_typed_otherwise(self.sandbox, question.text, may)
        accepting = [
            known
            for known in may
            if (text := said.get(known.task.name)) is not None and not _is_doubted(known, text, asked)
        ]
        if not accepting:
            return None
        text = said[accepting[0].task.name]
        if any(not _agree(accepting[0].task.form, text, said[other.task.name]) for other in accepting[1:]):
            return None
        task = _belonging(asked, accepting)
        chosen = next((known for known in accepting if known.task.name == task.name), accepting[0])
        tool = _tool(chosen)
        evidence = f"the parser of tool {tool.id} accounts for the whole question, its typography folded"
        return Dispatch(question, chosen.task, tool, said[chosen.task.name], evidence)

    async def _chosen(self, question: Question, like: Resemblance) -> tuple[Task | None, Usage, str]:
        """The task that the model dispatcher chooses; if there is no dispatcher or it fails, the wording decides."""
        if self.model is None:
            return like.kind, Usage(), ""
        try:
            task, usage = await self.model.choose(question.text, [known.task for known in like.candidates])
        except ModelError as error:
            return like.kind, error.usage, f"; the dispatcher failed: {error.message}"
        return task, usage, ""


def _belonging(asked: _Asked, accepting: Sequence[Known]) -> Task:
    """The task that a question belongs to: one that its wording allows, or one whose tool accepts it."""
    like = asked.like
    farther = [known for known in like.candidates[like.siblings :] if known in accepting]
    if like.task is not None and not farther:
        return like.task
    tasks = [known.task for known in (*like.candidates[: like.siblings], *farther)]
    return asked.snapshot.most_alike(asked.question, tasks)


def _agree(form: Form, one: str, other: str) -> bool:
    """Whether two tools say the same. In the default form the notation counts: it may be what was asked for."""
    sameness = form.compare(one, other)
    return sameness is Sameness.SAME or (sameness is Sameness.REWRITTEN and form != FOLDED)


def _tool(known: Known) -> ToolVersion:
    if known.tool is None:
        raise ValueError(f"{known.task.name!r} is not a candidate: no tool serves it")
    return known.tool


def _said(known: Known, question: Question, results: Results) -> Result:
    return results[_tool(known).id, question.scope.digest][question.text]


def _text(known: Known, asked: _Asked, results: Results) -> str | None:
    """A candidate's answer; None if it gave none that counts."""
    heard = _heard(known, asked, results)
    return None if heard.guard else heard.text


def _adds(known: Known, asked: _Asked) -> bool:
    """Whether an instruction follows the document of a question and its tool takes it for a part of the document."""

    def is_another(text: str) -> bool:
        return asked.snapshot.holds(text, [one.task for one in asked.like.candidates if one is not known])

    return has_afterthought(asked.question.text, _tool(known), known.task, is_another)


def _is_held(heard: _Heard) -> bool:
    """Whether a tool is held back only because an instruction seems to follow the document."""
    return heard.guard == AFTERTHOUGHT and bool(heard.text)


def _contradict(accepting: Sequence[Known], heard: Sequence[_Heard]) -> bool:
    """Whether a tool that is held back because an instruction seems to follow the document may still be right.

    It may be if an accepting tool takes all that comes before the instruction for its own document, including the
    other tool's instruction.
    """
    return any(map(_is_held, heard)) and any(_tool(known).verification.frame.startswith(TEXT) for known in accepting)


def _is_doubted(known: Known, text: str, asked: _Asked) -> bool:
    """Whether a tool says that nothing is there and is not trusted with such claims yet."""
    return not are_trusted(known, asked.absences) and claims_absence(text)


def _heard(known: Known, asked: _Asked, results: Results) -> _Heard:
    """What a candidate's tool says, and which guard holds it back. It must have the form, and two tools must agree."""
    question = asked.question
    result, second = _said(known, question, results), _tool(known).second
    if _adds(known, asked):
        return _Heard(result.text or "", AFTERTHOUGHT)
    if result.verdict is not Verdict.OK or result.text is None:
        return _Heard("", "abstained" if result.verdict is Verdict.ABSTAINED else "failed")
    if not known.task.form.valid(result.text):
        return _Heard(result.text, "form")
    if second is not None:
        other = results[second.id, question.scope.digest][question.text]
        said = other.text if other.verdict is Verdict.OK else None
        if said is None or not _agree(known.task.form, result.text, said):
            return _Heard(result.text, "disagreed")
    if _is_doubted(known, result.text, asked):
        return _Heard(result.text, ABSENCE)
    return _Heard(result.text)


_WHY = {
    "form": "whose tool gives an answer in another form",
    "disagreed": "on which its two tools do not agree",
    AFTERTHOUGHT: "but an instruction seems to follow the document, which its tool overlooks",
    ABSENCE: "whose tool finds nothing there, and is not believed yet",
}


def _why(task: Task, result: Result | None, heard: _Heard) -> str:
    if result is None:
        return f"worded like {task.name}, which is {task.status}"
    if heard.guard in _WHY:
        return f"worded like {task.name}, {_WHY[heard.guard]}"
    if result.verdict is Verdict.ABSTAINED:
        return f"worded like {task.name}, whose tool abstains"
    return f"worded like {task.name}, whose tool failed: {result.verdict} {result.detail}".rstrip()
