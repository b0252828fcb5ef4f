"""The dispatcher: parsers are the proof, wording only finds the candidates."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from latm.dispatching.catalogue import Catalogue
from latm.dispatching.dispatcher import Dispatch, Dispatcher
from latm.dispatching.model import ModelDispatcher
from latm.models.testing import ScriptedModel
from latm.provenance import Making, Outcome
from latm.sandbox import Sandbox, open_sandbox
from latm.settings import Settings
from latm.store import ToolCache
from latm.task import Example
from latm.tool import Tool

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


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox(Settings()) as started:
        yield started


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ToolCache]:
    with ToolCache.open(f"sqlite:///{tmp_path / 'latm.db'}") as opened:
        yield opened


def catalogue_with(cache: ToolCache, **sources: str) -> Catalogue:
    catalogue = Catalogue(cache)
    for task, source in sources.items():
        tool = Tool(source, task)
        catalogue.add_examples(task, EXAMPLES)
        catalogue.settle(Making(task, Outcome.MADE, "for a test", tool.id, "none"), tool)
    return catalogue


async def dispatch(catalogue: Catalogue, sandbox: Sandbox, question: str, **options: ModelDispatcher) -> Dispatch:
    [found] = await Dispatcher(catalogue, sandbox, shortlist=5, model=options.get("model")).dispatch([question])
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
    cache: ToolCache, sandbox: Sandbox, sources: dict[str, str], text: str | None
) -> None:
    assert (await dispatch(catalogue_with(cache, **sources), sandbox, "Write in capitals: egret")).text == text


async def test_a_near_miss_is_never_answered_by_likeness_alone(cache: ToolCache, sandbox: Sandbox) -> None:
    found = await dispatch(catalogue_with(cache, shout=SHOUT), sandbox, "Write in capitals, backwards: egret")
    assert found.text is None
    assert found.task is not None
    assert "abstains" in found.evidence


@pytest.mark.parametrize("question", ["", "  ", "Write in capitals: " + "egret" * 500])
async def test_a_text_of_unusual_length_is_never_routed(cache: ToolCache, sandbox: Sandbox, question: str) -> None:
    assert (await dispatch(catalogue_with(cache, shout=SHOUT), sandbox, question)).text is None


@pytest.mark.parametrize(("word", "task"), [("1", "shout"), ("[1]", "shout"), ("NEW", None), ("7", None), ("", None)])
async def test_the_model_dispatcher_decides_where_every_parser_abstains(
    cache: ToolCache, sandbox: Sandbox, word: str, task: str | None
) -> None:
    chooser = ModelDispatcher(ScriptedModel([word]))
    question = "Write in capitals, please: the egret"
    found = await dispatch(catalogue_with(cache, shout=SHOUT), sandbox, question, model=chooser)
    assert (found.task.name if found.task else None) == task


async def test_a_block_is_dispatched_in_order(cache: ToolCache, sandbox: Sandbox) -> None:
    words = [chr(97 + n) * 3 for n in range(20)]
    dispatcher = Dispatcher(catalogue_with(cache, shout=SHOUT), sandbox, shortlist=5)
    found = await dispatcher.dispatch([f"Write in capitals: {word}" for word in words])
    assert [one.text for one in found] == [word.upper() for word in words]
