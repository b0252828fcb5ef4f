"""The dispatcher: parsers are the proof, wording only finds the candidates."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from latm.answering.dispatcher import Dispatch, Dispatcher
from latm.answering.model_dispatcher import ModelDispatcher
from latm.answering.snapshot import Snapshot
from latm.errors import PassingModelError
from latm.known import Known
from latm.models.port import Completion, Request
from latm.models.testing import ScriptedModel
from latm.question import Question, Scope
from latm.sandbox import Sandbox, open_sandbox
from latm.settings import Settings
from latm.task import Example, Task, TaskStatus
from latm.tool import Program, ToolVersion, Verification

pytestmark = pytest.mark.anyio

SHOUT = """
def parse(question):
    head, _, word = question.partition(": ")
    return {"word": word} if head == "Write in capitals" and word.isalpha() else None
def solve(word):
    return word.upper()
def answer(value, question):
    return value
"""
SHOUT_OTHERWISE = SHOUT + "\n# another tool, which does the same\n"
WHISPER = SHOUT.replace("word.upper()", "word.lower()")
BROKEN = SHOUT.replace("word.upper()", "word.no_such_method()")
EXAMPLES = [Example(f"Write in capitals: {word}", word.upper()) for word in ("swan", "heron", "coot", "rail")]


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox(Settings()) as started:
        yield started


def known(task: str, source: str, scope: Scope | None = None) -> Known:
    there = Task(task, tuple(EXAMPLES), TaskStatus.SERVED, scope=scope or Scope())
    return Known(there, ToolVersion(task, Program(source)))


def snapshot_of(**sources: str) -> Snapshot:
    return Snapshot().after(1, [known(task, source) for task, source in sources.items()])


async def dispatch(
    snapshot: Snapshot, sandbox: Sandbox, text: str, *, model: ModelDispatcher | None = None, scope: Scope | None = None
) -> Dispatch:
    dispatcher = Dispatcher(sandbox, shortlist=5, model=model)
    [found] = await dispatcher.dispatch(snapshot, [Question(text, scope or Scope())])
    return found


@pytest.mark.parametrize(
    ("sources", "text"),
    [
        ({"shout": SHOUT}, "EGRET"),
        ({"shout": SHOUT, "other": SHOUT_OTHERWISE}, "EGRET"),
        ({"shout": SHOUT, "whisper": WHISPER}, None),
        ({"broken": BROKEN}, None),
        ({"shout": SHOUT, "broken": BROKEN}, "EGRET"),
    ],
    ids=["one accepts", "two agree", "two disagree", "its tool fails", "one of two fails"],
)
async def test_an_answer_is_accepted_only_where_all_accepting_tools_agree(
    sandbox: Sandbox, sources: dict[str, str], text: str | None
) -> None:
    assert (await dispatch(snapshot_of(**sources), sandbox, "Write in capitals: egret")).text == text


async def test_a_near_miss_is_never_answered_by_likeness_alone(sandbox: Sandbox) -> None:
    found = await dispatch(snapshot_of(shout=SHOUT), sandbox, "Write in capitals, backwards: egret")
    assert found.text is None
    assert found.task is not None
    assert "abstains" in found.evidence


@pytest.mark.parametrize("question", ["", "  ", "Write in capitals: " + "egret" * 500])
async def test_a_text_of_unusual_length_is_never_routed(sandbox: Sandbox, question: str) -> None:
    assert (await dispatch(snapshot_of(shout=SHOUT), sandbox, question)).text is None


@pytest.mark.parametrize(("word", "task"), [("1", "shout"), ("[1]", "shout"), ("NEW", None), ("7", None), ("", None)])
async def test_the_model_dispatcher_decides_where_every_parser_abstains(
    sandbox: Sandbox, word: str, task: str | None
) -> None:
    chooser = ModelDispatcher(ScriptedModel([word]))
    question = "Write in capitals, please: the egret"
    found = await dispatch(snapshot_of(shout=SHOUT), sandbox, question, model=chooser)
    assert (found.task.name if found.task else None) == task


async def test_a_block_is_dispatched_in_order_whatever_the_tools_answer_of_it(sandbox: Sandbox) -> None:
    words = [chr(97 + n) * 3 if n % 4 else f"{n}" for n in range(20)]
    dispatcher = Dispatcher(sandbox, shortlist=5)
    asked = [Question(f"Write in capitals: {word}") for word in words]
    found = await dispatcher.dispatch(snapshot_of(shout=SHOUT), asked)
    assert [one.text for one in found] == [word.upper() if word.isalpha() else None for word in words]
    assert [one.guard for one in found] == ["" if word.isalpha() else "abstained" for word in words]


async def test_a_snapshot_is_not_touched_by_what_is_retired_meanwhile(sandbox: Sandbox) -> None:
    before = snapshot_of(shout=SHOUT)
    after = before.after(2, [], removed=["shout"])
    assert (await dispatch(before, sandbox, "Write in capitals: egret")).text == "EGRET"
    assert (await dispatch(after, sandbox, "Write in capitals: egret")).task is None


async def test_nothing_of_one_scope_is_looked_up_in_another(sandbox: Sandbox) -> None:
    one, other = Scope(instructions="Shout."), Scope(instructions="Whisper.")
    both = Snapshot().after(1, [known("shout", SHOUT, one), known("whisper", WHISPER, other)])
    texts = {
        scope: (await dispatch(both, sandbox, "Write in capitals: Egret", scope=scope)).text
        for scope in (one, other, Scope())
    }
    assert texts == {one: "EGRET", other: "egret", Scope(): None}


class SlowChooser:
    """Takes its time, and counts how many ask at once."""

    name = "slow"

    def __init__(self) -> None:
        self.now = self.most = 0

    async def complete(self, request: Request) -> Completion:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.01)
        self.now -= 1
        return await ScriptedModel(["1"]).complete(request)

    async def close(self) -> None:
        pass


async def test_the_model_dispatcher_is_asked_side_by_side_and_accounted(sandbox: Sandbox) -> None:
    chooser = SlowChooser()
    dispatcher = Dispatcher(sandbox, shortlist=5, model=ModelDispatcher(chooser))
    asked = [Question(f"Write in capitals, please: the bird {n}") for n in range(16)]
    found = await dispatcher.dispatch(snapshot_of(shout=SHOUT), asked)
    assert chooser.most == 16
    assert {one.usage.calls for one in found} == {1}


async def test_a_model_dispatcher_that_fails_leaves_it_to_the_wording(sandbox: Sandbox) -> None:
    chooser = ModelDispatcher(ScriptedModel([PassingModelError("HTTP 503.")]))
    found = await dispatch(snapshot_of(shout=SHOUT), sandbox, "Write in capitals, please: the egret", model=chooser)
    assert found.task is not None
    assert "the dispatcher failed: HTTP 503." in found.evidence


READS = """
def parse(question):
    head, _, text = question.partition("\\n\\n")
    return {"text": text} if head == "Read this out." else None
def solve(text):
    return text.split()[0]
def answer(value, question):
    return value
"""
OTHERS = [Example(f"Nimeä asiakkaan kotikaupunki lyhyesti: {name}", "Turku") for name in ("Aino", "Eino", "Irma")]


@pytest.mark.parametrize(("knows_the_other", "text"), [(False, "Rain"), (True, None)])
async def test_the_fixed_text_of_another_kind_after_a_document_is_an_instruction(
    sandbox: Sandbox, knows_the_other: bool, text: str | None
) -> None:
    endings = ("snow", "hail", "fog")
    examples = tuple(Example(f"Read this out.\n\nRain fell, and later {one}.", "Rain") for one in endings)
    frame = Verification(frame="Read this out.\n\n{text}")
    reads = Known(Task("reads", examples, TaskStatus.SERVED), ToolVersion("reads", Program(READS), verification=frame))
    other = Known(Task("towns", tuple(OTHERS), TaskStatus.SERVED), ToolVersion("towns", Program(SHOUT)))
    snapshot = Snapshot().after(1, [reads, other] if knows_the_other else [reads])
    asked = "Read this out.\n\nRain fell all day.\nNimeä asiakkaan kotikaupunki lyhyesti: Aino"
    found = await dispatch(snapshot, sandbox, asked)
    assert (found.text, found.guard) == (text, "afterthought" if text is None else "")
